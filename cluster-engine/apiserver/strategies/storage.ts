import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from "../../../shared/kubernetes/types.ts";
import * as R from "../../api/resources.ts";
import { dns1123Subdomain, qualifiedName } from "../../api/names.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { validateLabelSelector } from "./labelSelectors.ts";
import { subdomainName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";

const parametersLimit = 256 * 1024;
const mostParameters = 512;

export const storageClasses = kindStrategy<StorageClass>(R.StorageClasses, {
  name: subdomainName,
  defaults(object) {
    object.reclaimPolicy ??= "Delete";
    object.volumeBindingMode ??= "Immediate";
  },
  validate(object, problems) {
    if (!object.provisioner) problems.required("provisioner");
    else problems.invalidEach("provisioner", object.provisioner.toLowerCase(), qualifiedName(object.provisioner.toLowerCase()));
    validateParameters(object.parameters, problems);
    validateOneOf(object.reclaimPolicy, ["Delete", "Retain"], "reclaimPolicy", problems);
    validateOneOf(object.volumeBindingMode, ["Immediate", "WaitForFirstConsumer"], "volumeBindingMode", problems);
    object.allowedTopologies?.forEach((term, i) =>
      term.matchLabelExpressions?.forEach(({ key, values }, j) => {
        const path = `allowedTopologies[${i}].matchLabelExpressions[${j}]`;
        if (!values?.length) problems.required(`${path}.values`);
        problems.invalidEach(`${path}.key`, key, qualifiedName(key));
      }),
    );
  },
  validateUpdate(object, old, problems) {
    for (const field of ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] as const)
      problems.immutable(field, object[field], old[field]);
  },
});

function validateParameters(parameters: Record<string, string> | undefined, problems: Problems): void {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > mostParameters) return problems.tooLong("parameters", mostParameters);
  let size = 0;
  for (const [key, value] of entries) {
    if (!key) problems.invalid("parameters", key, "field can not be empty.");
    size += key.length + value.length;
  }
  if (size > parametersLimit) problems.tooLong("parameters", parametersLimit);
}

function validateOneOf(value: string | undefined, choices: string[], field: string, problems: Problems): void {
  if (value && !choices.includes(value)) problems.notSupported(field, value, choices);
}

export const csiDrivers = kindStrategy<CSIDriver>(R.CSIDrivers, {
  name: subdomainName,
  defaults({ spec }) {
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ["Persistent"];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  validate({ spec }, problems, old) {
    validateOneOf(spec.fsGroupPolicy, ["File", "None", "ReadWriteOnceWithFSType"], "spec.fsGroupPolicy", problems);
    for (const mode of spec.volumeLifecycleModes ?? []) validateOneOf(mode, ["Ephemeral", "Persistent"], "spec.volumeLifecycleModes", problems);
    if (!old) return;
    problems.immutable("spec.attachedRequired", spec.attachRequired, old.spec.attachRequired);
    problems.immutable("spec.volumeLifecycleModes", spec.volumeLifecycleModes, old.spec.volumeLifecycleModes);
  },
});

export const csiNodes = kindStrategy<CSINode>(R.CSINodes, {
  name: subdomainName,
  validate({ spec }, problems) {
    const names = new Set<string>();
    spec.drivers?.forEach(({ name, nodeID, topologyKeys }, i) => {
      const path = `spec.drivers[${i}]`;
      problems.invalidEach(`${path}.name`, name, dns1123Subdomain(name.toLowerCase()));
      if (!nodeID) problems.required(`${path}.nodeID`);
      if (names.has(name)) problems.duplicate("spec.drivers.name", name);
      names.add(name);
      for (const key of topologyKeys ?? []) problems.invalidEach(`${path}.topologyKeys`, key, qualifiedName(key));
    });
  },
});

export const csiStorageCapacities = kindStrategy<CSIStorageCapacity>(R.CSIStorageCapacities, {
  name: subdomainName,
  validate(object, problems, old) {
    validateLabelSelector(object.nodeTopology, "nodeTopology", problems);
    problems.invalidEach("storageClassName", object.storageClassName, dns1123Subdomain(object.storageClassName));
    if (!old) return;
    for (const field of ["nodeTopology", "storageClassName"] as const) problems.immutable(field, object[field], old[field]);
  },
});

export const volumeAttachments = kindStrategy<VolumeAttachment>(R.VolumeAttachments, {
  name: subdomainName,
  status: true,
  validate({ spec }, problems, old) {
    problems.invalidEach("spec.attacher", spec.attacher, dns1123Subdomain(spec.attacher.toLowerCase()));
    const { persistentVolumeName, inlineVolumeSpec } = spec.source;
    if (persistentVolumeName === undefined && !inlineVolumeSpec)
      problems.required("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName");
    if (persistentVolumeName === "") problems.required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName");
    problems.invalidEach("spec.nodeName", spec.nodeName, dns1123Subdomain(spec.nodeName));
    if (old) problems.immutable("spec", spec, old.spec);
  },
});

export const volumeAttributesClasses = kindStrategy<VolumeAttributesClass>(R.VolumeAttributesClasses, {
  name: subdomainName,
  validate(object, problems, old) {
    if (!object.driverName) problems.required("driverName");
    if (Object.keys(object.parameters ?? {}).length === 0) problems.required("parameters", "must contain at least one key/value pair");
    validateParameters(object.parameters, problems);
    if (!old) return;
    problems.immutable("driverName", object.driverName, old.driverName);
    problems.immutable("parameters", object.parameters, old.parameters);
  },
});
