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
  const quoted = JSON.stringify;
  return `apiVersion: v1
kind: Config
clusters:
  - name: ${quoted(name)}
    cluster:
      certificate-authority-data: ${base64(caCert)}
      server: ${quoted(server)}
contexts:
  - name: ${quoted(name)}
    context:
      cluster: ${quoted(name)}
      user: ${quoted(name)}${namespace ? `\n      namespace: ${quoted(namespace)}` : ""}
current-context: ${quoted(name)}
users:
  - name: ${quoted(name)}
    user:
      client-certificate-data: ${base64(user.cert)}
      client-key-data: ${base64(user.key)}
`;
}
