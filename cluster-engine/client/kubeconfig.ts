import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** How to reach a cluster and as whom. PEM texts. */
export interface Credentials {
  server: string;
  ca?: string;
  insecure: boolean;
  cert?: string;
  key?: string;
  token?: string;
}

type Fields = Record<string, unknown>;

interface KubeconfigFile {
  "current-context"?: string;
  contexts?: { name: string; context: { cluster: string; user: string } }[];
  clusters?: { name: string; cluster: Fields }[];
  users?: { name: string; user: Fields }[];
}

/** The credentials of a kubeconfig's context; the current one when none is named. @throws Error that names what is missing */
export function readKubeconfig(text: string, contextName?: string): Credentials {
  const file = parse(text) as KubeconfigFile;
  const name = contextName ?? file["current-context"];
  const context = required(file.contexts, name, "context").context;
  const cluster = required(file.clusters, context.cluster, "cluster").cluster;
  const user = required(file.users, context.user, "user").user;
  return {
    server: String(cluster.server),
    ca: pem(cluster, "certificate-authority"),
    insecure: cluster["insecure-skip-tls-verify"] === true,
    cert: pem(user, "client-certificate"),
    key: pem(user, "client-key"),
    token: user.token as string | undefined,
  };
}

function required<T extends { name: string }>(items: T[] | undefined, name: string | undefined, what: string): T {
  const found = items?.find((item) => item.name === name);
  if (!found) throw new Error(`kubeconfig has no ${what} "${name}"`);
  return found;
}

/** From `<field>-data` (base64) or the file that `<field>` names. */
function pem(fields: Fields, field: string): string | undefined {
  const data = fields[`${field}-data`];
  if (typeof data === "string") return Buffer.from(data, "base64").toString();
  const path = fields[field];
  return typeof path === "string" ? readFileSync(path, "utf8") : undefined;
}
