import type { DeviceClaim, DeviceClass, ResourceClaimTemplate, ResourceSlice, ResourceV1ResourceClaim } from "../../../shared/kubernetes/types.ts";
import * as R from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";

function defaultDevices(devices: DeviceClaim | undefined): void {
  for (const request of devices?.requests ?? [])
    for (const part of [request.exactly, ...(request.firstAvailable ?? [])]) if (part) defaultRequest(part);
}

function defaultRequest(request: { allocationMode?: string; count?: number }): void {
  request.allocationMode ||= "ExactCount";
  if (request.allocationMode === "ExactCount") request.count ||= 1;
}

export const resourceClaims = kindStrategy<ResourceV1ResourceClaim>(R.ResourceClaims, {
  name: subdomainName,
  status: true,
  defaults: ({ spec }) => defaultDevices(spec?.devices),
});
export const resourceClaimTemplates = kindStrategy<ResourceClaimTemplate>(R.ResourceClaimTemplates, {
  name: subdomainName,
  defaults: ({ spec }) => defaultDevices(spec?.spec?.devices),
});
export const deviceClasses = kindStrategy<DeviceClass>(R.DeviceClasses, { name: subdomainName, generation: ["spec"] });
export const resourceSlices = kindStrategy<ResourceSlice>(R.ResourceSlices, {
  name: subdomainName,
  generation: ["spec"],
  strategy: {
    selectableFields: (slice) => ({ "spec.nodeName": slice.spec?.nodeName ?? "", "spec.driver": slice.spec?.driver ?? "" }),
  },
});
