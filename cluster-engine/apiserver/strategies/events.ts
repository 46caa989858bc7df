import type { Event } from "../../../shared/kubernetes/types.ts";
import { Events } from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { dns1123Subdomain } from "../../api/names.ts";
import { subdomainName } from "./nameRules.ts";

/** Events live this long, in seconds (--event-ttl). */
export const eventLifetime = 3600;

export const events = kindStrategy<Event>(Events, {
  name: subdomainName,
  validate(event, problems) {
    const own = event.metadata.namespace ?? "";
    const involved = event.involvedObject?.namespace ?? "";
    if (involved === "" ? own !== "default" && own !== "kube-system" : own !== involved) {
      problems.invalid("involvedObject.namespace", involved, "does not match event.namespace");
    }
    problems.invalidEach("namespace", own, dns1123Subdomain(own));
  },
  strategy: {
    allowCreateOnUpdate: true,
    selectableFields: (event) => ({
      "involvedObject.kind": event.involvedObject?.kind ?? "",
      "involvedObject.namespace": event.involvedObject?.namespace ?? "",
      "involvedObject.name": event.involvedObject?.name ?? "",
      "involvedObject.uid": event.involvedObject?.uid ?? "",
      "involvedObject.apiVersion": event.involvedObject?.apiVersion ?? "",
      "involvedObject.resourceVersion": event.involvedObject?.resourceVersion ?? "",
      "involvedObject.fieldPath": event.involvedObject?.fieldPath ?? "",
      reason: event.reason ?? "",
      reportingComponent: event.reportingComponent ?? "",
      source: event.source?.component || (event.reportingComponent ?? ""),
      type: event.type ?? "",
    }),
  },
});
