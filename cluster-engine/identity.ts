import type { UserInfo } from "../shared/kubernetes/types.ts";

// The names and addresses that are the same in every Wherry cluster.

export const host = "127.0.0.1";
export const serviceCIDR = "10.96.0.0/16";
export const issuer = "https://kubernetes.default.svc.cluster.local";
/** By what clients may call the API server: its certificate has them. */
export const apiNames = {
  dnsNames: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"],
  ipAddresses: [host, "10.96.0.1"],
};

/** A component's identity, as kubeadm's certificates have it: `system:kube-scheduler`. */
export const component = (name: string, ...groups: string[]): UserInfo => ({
  username: `system:${name}`,
  groups: [...groups, "system:authenticated"],
});
