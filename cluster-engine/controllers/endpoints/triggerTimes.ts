import type { Pod, Service } from "../../../shared/kubernetes/types.ts";
import { readyCondition } from "../podState.ts";

export const triggerTimeAnnotation = "endpoints.kubernetes.io/last-change-trigger-time";

interface Seen {
  service: string;
  /** By name of the pod. */
  pods: Map<string, string>;
}

/** When the changes happened that endpoints come to reflect: of the Service and of its pods' readiness. Times are RFC 3339. */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>();

  /** The first change since the last look; undefined when there is none that has a time. A new Service counts from its creation. */
  since(key: string, { metadata }: Service, pods: Pod[]): string | undefined {
    const before = this.#seen.get(key);
    const now = new Map(
      pods.flatMap((pod) =>
        readyCondition(pod)?.lastTransitionTime ? [[pod.metadata.name, readyCondition(pod)!.lastTransitionTime!] as const] : [],
      ),
    );
    this.#seen.set(key, { service: metadata.creationTimestamp, pods: now });
    if (!before) return metadata.creationTimestamp;
    const changed = [...now].filter(([name, time]) => time > (before.pods.get(name) ?? "")).map(([, time]) => time);
    if (metadata.creationTimestamp > before.service) changed.push(metadata.creationTimestamp);
    return changed.sort()[0];
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }
}
