import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { StatusError } from "../../api/statusError.ts";
import { Writes } from "./writes.testing.ts";

type Body = Record<string, unknown>;

export const object = (apiVersion: string, kind: string, name: string, rest: Body = {}): KubeObject => {
  const { metadata, ...fields } = rest as { metadata?: Body };
  return { apiVersion, kind, metadata: { name, ...metadata }, ...fields } as unknown as KubeObject;
};

export const service = (name: string, spec: Body = {}): KubeObject => object("v1", "Service", name, { spec: { ports: [{ port: 80 }], ...spec } });
export const pod = (name: string, spec: Body = {}, metadata: Body = {}): KubeObject =>
  object("v1", "Pod", name, { metadata, spec: { containers: [{ name: "app", image: "nginx:1.27" }], ...spec } });
export const template = (app: string, spec: Body = {}): Body => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "app", image: "nginx:1.27" }], ...spec },
});
export const workload = (apiVersion: string, kind: string, name: string, spec: Body = {}): KubeObject =>
  object(apiVersion, kind, name, { spec: { selector: { matchLabels: { app: name } }, template: template(name), ...spec } });

/** The paths of collections that the tests write to. */
export const paths = {
  namespaces: "/api/v1/namespaces",
  pods: "/api/v1/namespaces/default/pods",
  services: "/api/v1/namespaces/default/services",
  deployments: "/apis/apps/v1/namespaces/default/deployments",
  statefulSets: "/apis/apps/v1/namespaces/default/statefulsets",
  jobs: "/apis/batch/v1/namespaces/default/jobs",
};

/** A cluster with the namespace `default` and its account. */
export async function emptyCluster(...ranges: ConstructorParameters<typeof Writes>): Promise<Writes> {
  const writes = new Writes(...ranges);
  await writes.create({ path: paths.namespaces, body: object("v1", "Namespace", "default") });
  await writes.create({ path: `${paths.namespaces}/default/serviceaccounts`, body: object("v1", "ServiceAccount", "default") });
  return writes;
}

/** The message of the StatusError that `write` ends with; undefined when it succeeds. */
export async function refusalOf(write: Promise<unknown>): Promise<string | undefined> {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}
