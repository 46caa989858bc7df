import type { Container, Pod } from "../../../shared/kubernetes/types.ts";
import type { ContainerConfig, ImageStatus, Mount } from "../../runtime/types.ts";
import { containerHash, hashAnnotation } from "../pods/podActions.ts";
import { expand } from "./expansion.ts";
import { containerResources } from "./resources.ts";
import { securityConfig } from "./security.ts";

export interface ContainerInputs {
  pod: Pod;
  container: Container;
  /** How often it was started before. */
  attempt: number;
  image: ImageStatus;
  env: { name: string; value: string }[];
  mounts: Mount[];
  /** Bytes of the node. */
  memoryCapacity: number;
}

/** Kept with the container, so that it can be stopped well even when its pod is no longer known. */
export const graceAnnotation = "io.kubernetes.pod.terminationGracePeriod";
export const messagePathAnnotation = "io.kubernetes.container.terminationMessagePath";
export const messagePolicyAnnotation = "io.kubernetes.container.terminationMessagePolicy";

export function containerConfig({ pod, container, attempt, image, env, mounts, memoryCapacity }: ContainerInputs): ContainerConfig {
  const values = new Map(env.map(({ name, value }) => [name, value]));
  const expanded = (words: string[] = []) => words.map((word) => expand(word, (name) => values.get(name)));
  const stopSignal = container.lifecycle?.stopSignal;
  return {
    metadata: { name: container.name, attempt },
    image: container.image!,
    imageId: image.id,
    command: expanded(container.command),
    args: expanded(container.args),
    ...(container.workingDir ? { workingDir: container.workingDir } : {}),
    env,
    mounts,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: containerResources(pod, container, memoryCapacity),
    security: securityConfig(pod, container),
    labels: {},
    annotations: {
      [hashAnnotation]: containerHash(container),
      [graceAnnotation]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
      [messagePathAnnotation]: container.terminationMessagePath ?? "/dev/termination-log",
      [messagePolicyAnnotation]: container.terminationMessagePolicy ?? "File",
    },
    ...(stopSignal ? { stopSignal } : {}),
  };
}
