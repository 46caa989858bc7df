import type { EndpointSlice } from "../../../shared/kubernetes/types.ts";
import { EndpointSlices } from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";

export const endpointSlices = kindStrategy<EndpointSlice>(EndpointSlices, {
  name: subdomainName,
  generation: ["endpoints", "ports", "addressType"],
  defaults(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
});
