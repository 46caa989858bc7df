import type { DeviceClass } from "../../../shared/kubernetes/types.ts";
import { DeviceClasses } from "../../api/resources.ts";
import type { Informer, Informers } from "../../client/types.ts";

const implicitPrefix = "deviceclass.resource.kubernetes.io/";

/** Devices and claims for them, as the scheduler sees them. */
export class DeviceView {
  readonly classes: Informer<DeviceClass>;

  constructor(informers: Informers) {
    this.classes = informers.of(DeviceClasses);
    this.classes.addIndex("extendedResource", ({ spec }) => (spec.extendedResourceName ? [spec.extendedResourceName] : []));
  }

  /** The class whose devices serve an extended resource. */
  classOfResource(resource: string): DeviceClass | undefined {
    if (!resource.includes("/")) return undefined;
    if (resource.startsWith(implicitPrefix)) return this.classes.get(resource.slice(implicitPrefix.length));
    return this.classes.byIndex("extendedResource", resource)[0];
  }
}
