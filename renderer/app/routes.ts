import type { ResourceRef, Target } from "../../shared/contract.ts";

export const detailSections = ["overview", "yaml", "events", "logs", "metrics", "rollouts", "scheduling", "history"] as const;
export type DetailSection = (typeof detailSections)[number];

/** Screens that are told by their name alone. */
const plainScreens = ["forwards", "map", "access"] as const;
export type PlainScreen = (typeof plainScreens)[number];

/** Where a tab is. */
export type Place =
  | { screen: "home"; cluster: string }
  | { screen: "list"; cluster: string; resource: ResourceRef }
  | { screen: "object"; cluster: string; target: Target; section: DetailSection }
  | { screen: "plan"; cluster: string; plan: string }
  | { screen: PlainScreen; cluster: string };

const encode = (part: string | undefined): string => (part ? encodeURIComponent(part) : "-");
const decode = (part: string | undefined): string => (part === undefined || part === "-" ? "" : decodeURIComponent(part));
const join = (...parts: (string | undefined)[]): string => `/${parts.map(encode).join("/")}`;

export const pathTo = {
  home: (cluster: string): string => join(cluster, "home"),
  list: (cluster: string, resource: ResourceRef): string => join(cluster, "list", resource.group, resource.version, resource.resource),
  object: ({ cluster, object }: Target, section: DetailSection = "overview"): string =>
    join(cluster, "object", object.group, object.version, object.resource, object.namespace, object.name, section),
  plan: (cluster: string, plan: string): string => join(cluster, "plan", plan),
  plain: (cluster: string, screen: PlainScreen): string => join(cluster, screen),
};

/** The path of a place: the inverse of parsePath. */
export function pathOf(place: Place): string {
  if (place.screen === "list") return pathTo.list(place.cluster, place.resource);
  if (place.screen === "object") return pathTo.object(place.target, place.section);
  if (place.screen === "plan") return pathTo.plan(place.cluster, place.plan);
  return place.screen === "home" ? pathTo.home(place.cluster) : pathTo.plain(place.cluster, place.screen);
}

/** Reads a path; what it does not know is the home of its cluster. */
export function parsePath(path: string): Place {
  const [cluster = "", screen = "", ...rest] = path.split("/").slice(1).map(decode);
  if (screen === "list" && rest.length >= 3) return { screen, cluster, resource: { group: rest[0]!, version: rest[1]!, resource: rest[2]! } };
  const plain = plainScreens.find((each) => each === screen);
  if (plain) return { screen: plain, cluster };
  if (screen === "plan" && rest[0]) return { screen, cluster, plan: rest[0] };
  if (screen === "object" && rest.length >= 5) {
    const [group, version, resource, namespace, name, section] = rest as [string, string, string, string, string, string?];
    const object = { group, version, resource, name, ...(namespace ? { namespace } : {}) };
    return { screen, cluster, target: { cluster, object }, section: detailSections.find((each) => each === section) ?? "overview" };
  }
  return { screen: "home", cluster: cluster || "local" };
}

/** The same place in another cluster: its kind is kept, its object is not. */
export function inCluster(place: Place, cluster: string): string {
  if (place.screen === "list") return pathTo.list(cluster, place.resource);
  if (place.screen === "object") return pathTo.list(cluster, place.target.object);
  return place.screen === "home" || place.screen === "plan" ? pathTo.home(cluster) : pathTo.plain(cluster, place.screen);
}
