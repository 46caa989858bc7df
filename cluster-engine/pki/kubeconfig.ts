import { stringify } from "yaml";
import type { KeyPair } from "./types.ts";

export interface KubeconfigOptions {
  /** Name of the cluster, user and context. */
  name: string;
  server: string;
  caCert: string;
  user: KeyPair;
  namespace?: string;
}

/** A kubeconfig with one context and everything it needs inside. It holds a private key. */
export function kubeconfig({ name, server, caCert, user, namespace }: KubeconfigOptions): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { "certificate-authority-data": base64(caCert), server } }],
      contexts: [{ name, context: { cluster: name, ...(namespace ? { namespace } : {}), user: name } }],
      "current-context": name,
      users: [{ name, user: { "client-certificate-data": base64(user.cert), "client-key-data": base64(user.key) } }],
    },
    { lineWidth: 0 },
  );
}
