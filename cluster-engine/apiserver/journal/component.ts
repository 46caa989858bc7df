import type { JournalEntry } from "./types.ts";

const controllerAccount = "system:serviceaccount:kube-system:";

/** Which program wrote: `kubectl`, `kubelet`, `kube-scheduler`; of the controller manager, which controller. */
export function componentOf({ user, userAgent }: Pick<JournalEntry, "user" | "userAgent">): string {
  const program = /^[^/ ]*/.exec(userAgent)![0];
  return program === "kube-controller-manager" && user.startsWith(controllerAccount) ? user.slice(controllerAccount.length) : program;
}
