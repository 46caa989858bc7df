import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { PodTemplateSpec } from "../../../shared/kubernetes/types.ts";
import { dns1123Label } from "../../api/names.ts";
import { templateWarnings } from "./podWarnings.ts";

/**
 * Warnings of a kind that makes pods from the template at `path`: for a new object and for one whose spec changed.
 * `namesPods` tells that pods take their host name from the object's.
 */
export const workloadWarnings =
  <T extends KubeObject>(path: string, template: (object: T) => PodTemplateSpec | undefined, namesPods: boolean) =>
  (object: T, old: T | undefined): string[] => {
    if (!old) return [...(namesPods ? nameWarnings(object.metadata.name) : []), ...templateWarnings(template(object), path)];
    return object.metadata.generation === old.metadata.generation ? [] : templateWarnings(template(object), path);
  };

function nameWarnings(name: string): string[] {
  const messages = dns1123Label(name);
  return messages.length > 0
    ? [
        `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${messages.join(" ")}]`,
      ]
    : [];
}
