import type { RequestedSubject } from "./types.ts";

export const kubeletClientSigner = "kubernetes.io/kube-apiserver-client-kubelet";

const kubeletClientUsages = ["client auth", "digital signature", "key encipherment"];
const kubeletServingUsages = ["digital signature", "key encipherment", "server auth"];

type Check = (subject: RequestedSubject, usages: string[]) => string | undefined;

/**
 * What Kubernetes' own signers ask of a request; the answer is what is wrong with it.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
 */
export const signers: Readonly<Record<string, Check>> = {
  "kubernetes.io/kube-apiserver-client": (_, usages) => clientUsages(usages),
  [kubeletClientSigner]: kubeletClient,
  "kubernetes.io/kubelet-serving": kubeletServing,
  "kubernetes.io/legacy-unknown": () => undefined,
};

function clientUsages(usages: string[]): string | undefined {
  const wrong = usages.find((usage) => !kubeletClientUsages.includes(usage));
  if (wrong !== undefined) return `invalid usage for client certificate: ${wrong}`;
  return usages.includes("client auth") ? undefined : "missing required usage for client certificate: client auth";
}

export function kubeletClient(subject: RequestedSubject, usages: string[]): string | undefined {
  if (!ofNodes(subject)) return "subject organization is not system:nodes";
  if (subject.dnsNames.length > 0) return "DNS subjectAltNames are not allowed";
  if (subject.emailAddresses.length > 0) return "Email subjectAltNames are not allowed";
  if (subject.ipAddresses.length > 0) return "IP subjectAltNames are not allowed";
  if (subject.uris.length > 0) return "URI subjectAltNames are not allowed";
  return ofNode(subject) ?? sameUsages(usages, kubeletClientUsages);
}

function kubeletServing(subject: RequestedSubject, usages: string[]): string | undefined {
  if (!ofNodes(subject)) return "subject organization is not system:nodes";
  if (subject.dnsNames.length + subject.ipAddresses.length === 0) return "DNS or IP subjectAltName is required";
  if (subject.emailAddresses.length > 0) return "Email subjectAltNames are not allowed";
  if (subject.uris.length > 0) return "URI subjectAltNames are not allowed";
  return sameUsages(usages, kubeletServingUsages) ?? ofNode(subject);
}

const ofNodes = ({ organizations }: RequestedSubject): boolean => organizations.length === 1 && organizations[0] === "system:nodes";

const ofNode = ({ commonName }: RequestedSubject): string | undefined =>
  commonName.startsWith("system:node:") ? undefined : "subject common name does not begin with system:node:";

/** Keys that are not RSA do without `key encipherment`. */
function sameUsages(usages: string[], required: string[]): string | undefined {
  const given = [...new Set(usages)].sort().join();
  const fits = given === required.join() || given === required.filter((usage) => usage !== "key encipherment").join();
  return fits ? undefined : `usages did not match [${required.join(" ")}]`;
}
