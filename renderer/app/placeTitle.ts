import { useTranslation } from "react-i18next";
import { useResources } from "../data/clusterState.ts";
import { resourceKey } from "../data/references.ts";
import { kindOf, pluralOf } from "./kindNames.ts";
import type { Place } from "./routes.ts";

/** The words for a place, in its tab and in the breadcrumb. */
export function usePlaceTitle(place: Place): string {
  const { t } = useTranslation();
  const resources = useResources(place.cluster);
  if (place.screen === "home") return t("sidebar.home");
  if (place.screen === "plan") return t("plan.tab");
  if (place.screen === "object") return place.target.object.name;
  if (place.screen !== "list") return t(`${place.screen}.screen`);
  const key = resourceKey(place.resource);
  return pluralOf(
    kindOf(
      place.resource,
      resources.find((resource) => resourceKey(resource) === key),
    ),
  );
}
