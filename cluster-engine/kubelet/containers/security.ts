import type { Container, Pod, SeccompProfile } from "../../../shared/kubernetes/types.ts";
import type { ImageStatus, SecurityContextConfig } from "../../runtime/types.ts";
import { formatPod } from "../pods/podNames.ts";

/** The container's choice before the pod's. */
export function securityConfig(pod: Pod, container: Container): SecurityContextConfig {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const groups = [...(shared.supplementalGroups ?? []), ...(shared.fsGroup === undefined ? [] : [shared.fsGroup])];
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup;
  const seccomp = seccompOf(own.seccompProfile ?? shared.seccompProfile);
  return {
    ...(own.privileged ? { privileged: true } : {}),
    ...(own.readOnlyRootFilesystem ? { readOnlyRootFilesystem: true } : {}),
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    ...(groups.length ? { supplementalGroups: groups } : {}),
    ...(own.capabilities?.add?.length ? { capabilitiesAdd: own.capabilities.add } : {}),
    ...(own.capabilities?.drop?.length ? { capabilitiesDrop: own.capabilities.drop } : {}),
    ...(own.allowPrivilegeEscalation === false ? { noNewPrivileges: true } : {}),
    ...(seccomp ? { seccomp } : {}),
  };
}

function seccompOf(profile: SeccompProfile | undefined): string | undefined {
  if (profile?.type === "Unconfined") return "unconfined";
  return profile?.type === "Localhost" ? profile.localhostProfile : undefined;
}

/** @throws Error with the kubelet's message when `runAsNonRoot` is asked for and the container would be root. */
export function verifyNonRoot(pod: Pod, container: Container, image: ImageStatus): void {
  const asked = container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot;
  if (!asked) return;
  const user = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  const where = `(pod: "${formatPod(pod)}", container: ${container.name})`;
  if (user !== undefined) {
    if (user === 0) throw new Error(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  const imageUser = (image.user ?? "").split(":")[0]!;
  if (imageUser === "" || imageUser === "0") throw new Error(`container has runAsNonRoot and image will run as root ${where}`);
  if (!/^\d+$/.test(imageUser))
    throw new Error(`container has runAsNonRoot and image has non-numeric user (${imageUser}), cannot verify user is non-root ${where}`);
}
