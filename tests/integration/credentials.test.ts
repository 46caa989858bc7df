import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { CertificateSigningRequests, ConfigMaps, Leases, Secrets } from "../../cluster-engine/api/resources.ts";
import type { ResourceType } from "../../cluster-engine/api/resourceType.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { Disposables } from "../../cluster-engine/base/disposal.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { systemRandom } from "../../cluster-engine/base/random.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import { createInformers } from "../../cluster-engine/client/informers.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import { startCluster } from "../../cluster-engine/cluster.ts";
import type { Cluster } from "../../cluster-engine/types.ts";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import { kubectlAside, kubectls } from "../support/kubectl.ts";

// Ways into a cluster: certificates on request, bootstrap tokens, tokens in Secrets. And who leads after a restart.

const dir = mkdtempSync(join(tmpdir(), "wherry-credentials-"));
let cluster: Cluster;
let client: Client;
let kubectl: ReturnType<typeof kubectlAside>;

const start = () => startCluster({ dataDir: join(dir, "cluster"), port: 0, runtime: "simulated", nodes: 1, log: silentLog });

beforeAll(async () => {
  cluster = await start();
  client = createClient(httpsTransport(readFileSync(cluster.kubeconfigPath, "utf8")));
  kubectl = kubectlAside(kubectls()[0]!, cluster.kubeconfigPath);
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(dir, { recursive: true });
});

/** Resolves with an object once it satisfies `check`. */
async function until<T extends KubeObject>(type: ResourceType<T>, key: string, check: (object: T) => boolean): Promise<T> {
  using informers = createInformers({ client, clock: systemClock, random: systemRandom, log: silentLog });
  const informer = informers.of(type);
  const handles = new Disposables();
  const found = await new Promise<T>((resolve) => {
    const look = () => {
      const object = informer.get(key);
      if (object && check(object)) resolve(object);
    };
    handles.add(informer.handle({ onAdd: look, onUpdate: look }));
  });
  handles[Symbol.dispose]();
  return found;
}

/** A kubectl of somebody with these credentials. */
function as(user: Record<string, string>): ReturnType<typeof kubectlAside> {
  const kubeconfig = parse(readFileSync(cluster.kubeconfigPath, "utf8")) as { users: { user: unknown }[] };
  kubeconfig.users[0]!.user = user;
  const path = join(dir, "user.yaml");
  writeFileSync(path, JSON.stringify(kubeconfig));
  return kubectlAside(kubectls()[0]!, path);
}

async function whoami(user: Record<string, string>): Promise<string> {
  const { stdout, stderr } = await as(user)(["auth", "whoami", "-o", "jsonpath={.status.userInfo.username} {.status.userInfo.groups}"]);
  return stdout || stderr;
}

/** A new key and a request for a certificate, both in base64. */
function newRequest(subject: string): { key: string; request: string } {
  const [key, request] = [join(dir, "key.pem"), join(dir, "request.pem")];
  const how = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  execFileSync("openssl", [...how, "-keyout", key, "-out", request, "-subj", subject], { stdio: "ignore" });
  return { key: readFileSync(key).toString("base64"), request: readFileSync(request).toString("base64") };
}

const csr = (name: string, request: string, signerName: string, usages: string[], more = {}) =>
  JSON.stringify({
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name },
    spec: { request, signerName, usages, ...more },
  });

test("kubectl certificate approve gives a certificate that logs in", async () => {
  const { key, request } = newRequest("/O=devs/CN=jane");
  await kubectl(["create", "-f", "-"], {
    input: csr("jane", request, "kubernetes.io/kube-apiserver-client", ["client auth"], { expirationSeconds: 3600 }),
  });
  expect((await kubectl(["certificate", "approve", "jane"])).stdout).toContain("jane approved");
  const { status } = await until(CertificateSigningRequests, "jane", (each) => Boolean(each.status?.certificate));
  expect(await whoami({ "client-certificate-data": status!.certificate!, "client-key-data": key })).toBe('jane ["devs","system:authenticated"]');
  expect((await kubectl(["get", "csr", "jane", "--no-headers"])).stdout).toMatch(/60m\s+Approved,Issued/);
});

test("a new node introduces itself with a bootstrap token and gets its own certificate", async () => {
  const stringData = {
    "token-id": "abcdef",
    "token-secret": "0123456789abcdef",
    "usage-bootstrap-authentication": "true",
    "usage-bootstrap-signing": "true",
  };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    stringData,
  };
  await kubectl(["create", "-f", "-"], { input: JSON.stringify(secret) });
  for (const role of ["system:node-bootstrapper", "system:certificates.k8s.io:certificatesigningrequests:nodeclient"])
    await kubectl(["create", "clusterrolebinding", role.split(":").at(-1)!, `--clusterrole=${role}`, "--group=system:bootstrappers"]);
  const token = "abcdef.0123456789abcdef";
  expect(await whoami({ token })).toBe('system:bootstrap:abcdef ["system:bootstrappers","system:authenticated"]');
  expect(await whoami({ token: "abcdef.0123456789abcdee" })).toContain("Unauthorized");
  const { key, request } = newRequest("/O=system:nodes/CN=system:node:new");
  const wanted = csr("node", request, "kubernetes.io/kube-apiserver-client-kubelet", ["client auth", "digital signature"]);
  expect((await as({ token })(["create", "-f", "-"], { input: wanted })).stderr).toBe("");
  const { status } = await until(CertificateSigningRequests, "node", (each) => Boolean(each.status?.certificate));
  expect(status!.conditions![0]).toMatchObject({ type: "Approved", reason: "AutoApproved" });
  expect(await whoami({ "client-certificate-data": status!.certificate!, "client-key-data": key })).toBe(
    'system:node:new ["system:nodes","system:authenticated"]',
  );
  const info = await until(ConfigMaps, "kube-public/cluster-info", ({ data }) => data?.["jws-kubeconfig-abcdef"] !== undefined);
  expect(info.data!["kubeconfig"]).toContain(cluster.url);
});

test("a Secret that asks for an account's token gets one that logs in, as long as the Secret is there", async () => {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "robot", annotations: { "kubernetes.io/service-account.name": "default" } },
    type: "kubernetes.io/service-account-token",
  };
  await kubectl(["create", "-f", "-"], { input: JSON.stringify(secret) });
  const { data } = await until(Secrets, "default/robot", (each) => Boolean(each.data?.["token"]));
  const token = Buffer.from(data!["token"]!, "base64").toString();
  expect(await whoami({ token })).toMatch(/^system:serviceaccount:default:default /);
  await until(Secrets, "default/robot", ({ metadata }) => metadata.labels?.["kubernetes.io/legacy-token-last-used"] !== undefined);
  await kubectl(["delete", "secret", "robot"]);
  expect(await whoami({ token })).toContain("Unauthorized");
});

test("an engine that stops gives its Leases back, and the next leads at once", async () => {
  const leader = () => until(Leases, "kube-system/kube-controller-manager", ({ spec }) => Boolean(spec?.holderIdentity));
  const before = await leader();
  await cluster.stop();
  cluster = await start();
  client = createClient(httpsTransport(readFileSync(cluster.kubeconfigPath, "utf8")));
  const after = await leader();
  expect(after.spec).toMatchObject({ holderIdentity: before.spec!.holderIdentity, leaseTransitions: 1 });
});

/** What the administrator's certificate gets with these headers: what a browser with it would send. */
function statusWith(headers: Record<string, string>): Promise<number> {
  const kubeconfig = parse(readFileSync(cluster.kubeconfigPath, "utf8")) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const pem = (text: string | undefined) => Buffer.from(text!, "base64");
  const { user } = kubeconfig.users[0]!;
  const options = {
    headers,
    agent: false,
    servername: "localhost",
    ca: pem(kubeconfig.clusters[0]!.cluster["certificate-authority-data"]),
    cert: pem(user["client-certificate-data"]),
    key: pem(user["client-key-data"]),
  };
  return new Promise((resolve, reject) => {
    get(`${cluster.url}/api/v1/namespaces`, options, (response) => resolve((response.resume(), response.statusCode!))).once("error", reject);
  });
}

test("a page of the web gets nothing, even with the administrator's certificate", async () => {
  expect(await statusWith({})).toBe(200);
  expect(await statusWith({ host: "rebound.example:6443" })).toBe(403);
  expect(await statusWith({ origin: "https://page.example" })).toBe(403);
  expect(await statusWith({ origin: "http://localhost:8001" })).toBe(200);
});

test("keys and kubeconfigs are for their owner alone", () => {
  const files = readdirSync(join(dir, "cluster"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const secret = files.filter(({ name }) => /\.key$|kubeconfig|\.mdb$|journal/.test(name));
  expect(secret.length).toBeGreaterThan(3);
  const open = secret.filter(({ parentPath, name }) => (statSync(join(parentPath, name)).mode & 0o077) !== 0);
  expect(open.map(({ name }) => name)).toEqual([]);
});
