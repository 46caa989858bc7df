import { once } from "node:events";
import { createSocket } from "node:dgram";
import { createServer, type Server } from "node:http";
import { PassThrough } from "node:stream";
import { connect, createServer as createTcpServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EndpointSlices, Events, Pods, Services } from "../../cluster-engine/api/resources.ts";
import type { HelperConfig } from "../../cluster-engine/runtime/types.ts";
import { eventually } from "../support/machine.ts";
import { TestNetwork, type Answer, type TestPod } from "../support/podNetwork.ts";

// Service traffic between real pods on the container engine. Every answer is checked by who gave it.

let net: TestNetwork;
let apiServer: Server;
let a: TestPod;
let b: TestPod;
let client: TestPod;

const portOf = (server: { address(): unknown }) => (server.address() as { port: number }).port;

beforeAll(async () => {
  apiServer = createServer((_, response) => response.end(JSON.stringify({ pod: "api-server" }))).listen(0, "127.0.0.1");
  await once(apiServer, "listening");
  net = await TestNetwork.create();
  await net.start({ apiServerPort: portOf(apiServer) });
  [a, b, client] = await Promise.all([net.pod("a"), net.pod("b", "wherry-2"), net.pod("client")]);
});
afterAll(async () => {
  await net?.destroy();
  apiServer?.close();
});

const http = (address: string) => ({ http: `http://${address}` });
const times = (count: number, question: { http: string } | { udp: string }) => Array.from({ length: count }, () => question);
const who = (answers: Answer[]): string[] => [...new Set(answers.map((answer) => answer.pod ?? answer.error ?? ""))].sort();
const both = () => [
  { addresses: [a.ip], nodeName: "wherry" },
  { addresses: [b.ip], nodeName: "wherry-2" },
];

/** Asks until the answer is as expected: rules follow the API within moments, not at once. */
async function expectWho(question: { http: string } | { udp: string }, expected: string[], from = client, count = 12): Promise<void> {
  let seen: string[] = [];
  const holds = async () => {
    seen = who(await from.ask(...times(count, question)));
    return seen.join() === expected.join();
  };
  if (!(await eventually(holds, 10_000))) expect(seen).toEqual(expected);
}

test("the network is up and has no problem", () => {
  expect(net.network.problem).toBeUndefined();
});

test("a cluster IP spreads connections over ready endpoints, keeps the client's address, and follows changes", async () => {
  net.service("web", { clusterIP: "10.96.1.1", ports: [{ port: 80 }] });
  net.endpoints("web", both());
  await expectWho(http("10.96.1.1"), ["a", "b"]);
  const [answer] = await client.ask(http("10.96.1.1"));
  expect(answer!.client).toBe(client.ip);
  net.endpoints("web", [
    { addresses: [a.ip], conditions: { ready: true } },
    { addresses: [b.ip], conditions: { ready: false } },
  ]);
  await expectWho(http("10.96.1.1"), ["a"]);
});

test("a pod reaches itself through its own Service", async () => {
  net.service("self", { clusterIP: "10.96.1.2", ports: [{ port: 80 }] });
  net.endpoints("self", [{ addresses: [a.ip] }]);
  await expectWho(http("10.96.1.2"), ["a"], a, 3);
});

test("endpoints that terminate serve when none is ready", async () => {
  net.service("leaving", { clusterIP: "10.96.1.3", ports: [{ port: 80 }] });
  net.endpoints("leaving", [{ addresses: [a.ip], conditions: { ready: false, serving: true, terminating: true } }]);
  await expectWho(http("10.96.1.3"), ["a"], client, 3);
});

test("UDP goes to an endpoint, and a running conversation moves when its endpoint is gone", async () => {
  net.service("echo", { clusterIP: "10.96.1.4", ports: [{ port: 7, protocol: "UDP" }] });
  net.endpoints("echo", [{ addresses: [a.ip] }], [{ port: 9000, protocol: "UDP" }]);
  await expectWho({ udp: "10.96.1.4:7" }, ["a"], client, 3);
  const talk = `const s=require("dgram").createSocket("udp4"),seen=[];s.on("message",m=>{const p=JSON.parse(m).pod;if(seen.at(-1)!==p){seen.push(p);console.log(p)}if(seen.length===2)process.exit(0)});s.connect(7,"10.96.1.4",()=>setInterval(()=>s.send("x"),50));setTimeout(()=>process.exit(1),20000)`;
  const output = new PassThrough();
  const answeredBy = (name: string) =>
    new Promise<void>((resolve) => output.on("data", (text: Buffer) => text.toString().includes(name) && resolve()));
  const [first, second] = [answeredBy("a"), answeredBy("b")];
  const conversation = net.runtime.exec(client.container, ["node", "-e", talk], {
    stdout: output,
    stderr: new PassThrough(),
    tty: false,
    signal: AbortSignal.timeout(30_000),
  });
  await first;
  net.endpoints("echo", [{ addresses: [b.ip] }], [{ port: 9000, protocol: "UDP" }]);
  await second;
  expect(await conversation).toBe(0);
});

test("session affinity keeps a client at its endpoint, and picks another when that one is gone", async () => {
  net.service("sticky", {
    clusterIP: "10.96.1.5",
    ports: [{ port: 80 }],
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
  });
  net.endpoints("sticky", both());
  expect(await eventually(async () => (await client.ask(http("10.96.1.5")))[0]!.pod !== undefined, 10_000)).toBe(true);
  const [kept, ...others] = who(await client.ask(...times(15, http("10.96.1.5"))));
  expect(others).toEqual([]);
  net.endpoints(
    "sticky",
    both().filter(({ addresses }) => addresses[0] !== (kept === "a" ? a.ip : b.ip)),
  );
  await expectWho(http("10.96.1.5"), [kept === "a" ? "b" : "a"]);
});

test("internalTrafficPolicy Local keeps to the client's node", async () => {
  net.service("local", { clusterIP: "10.96.1.6", ports: [{ port: 80 }], internalTrafficPolicy: "Local" });
  net.endpoints("local", both());
  await expectWho(http("10.96.1.6"), ["a"], client);
  await expectWho(http("10.96.1.6"), ["b"], b);
});

test("Service addresses that nothing answers are refused at once inside the pod", async () => {
  net.service("empty", { clusterIP: "10.96.1.7", ports: [{ port: 80 }] });
  const answers = await client.ask(http("10.96.1.7"), http("10.96.99.99"), http("10.96.1.1:81"));
  expect(answers.map((answer) => answer.error)).toEqual(["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"]);
});

test("a removed Service is refused, and a pod that comes later knows the Services that were there before", async () => {
  net.service("brief", { clusterIP: "10.96.1.8", ports: [{ port: 80 }] });
  net.endpoints("brief", [{ addresses: [a.ip] }]);
  await expectWho(http("10.96.1.8"), ["a"], client, 2);
  net.api.remove(Services, "default/brief");
  await expectWho(http("10.96.1.8"), ["ECONNREFUSED"], client, 2);
  net.service("early", { clusterIP: "10.96.1.9", ports: [{ port: 80 }] });
  net.endpoints("early", [{ addresses: [b.ip] }]);
  const late = await net.pod("late");
  expect(who(await late.ask(http("10.96.1.9")))).toEqual(["b"]);
});

test("DNS answers for Services, headless endpoints, aliases and pods, at the kube-dns address", async () => {
  net.service("db", { clusterIP: "None", ports: [{ name: "sql", port: 5432 }] });
  net.endpoints("db", [{ addresses: [a.ip], hostname: "db-0" }, { addresses: [b.ip] }], [{ name: "sql", port: 8080 }]);
  net.service("alias", { type: "ExternalName", externalName: "db-0.db.default.svc.cluster.local" });
  const questions = [
    { dns: "early.default.svc.cluster.local" },
    { dns: "db-0.db.default.svc.cluster.local" },
    { dns: "_sql._tcp.db.default.svc.cluster.local", type: "SRV" },
    { dns: "9.1.96.10.in-addr.arpa", type: "PTR" },
    { dns: "alias.default.svc.cluster.local" },
    { dns: "nothing.default.svc.cluster.local" },
    { dns: `${a.ip.replaceAll(".", "-")}.default.pod.cluster.local` },
  ];
  expect(await eventually(async () => !!(await client.ask({ dns: "alias.default.svc.cluster.local" }))[0]!.answer, 10_000)).toBe(true);
  const answers = await client.ask(...questions);
  expect(answers.map(({ answer, error }) => (Array.isArray(answer) ? answer.length : error))).toEqual([1, 1, 2, 1, 1, "ENOTFOUND", 1]);
  expect(answers[0]!.answer).toEqual(["10.96.1.9"]);
  expect(answers[1]!.answer).toEqual([a.ip]);
  expect(answers[3]!.answer).toEqual(["early.default.svc.cluster.local"]);
  expect(answers[4]!.answer).toEqual([a.ip]);
  expect(net.api.must(Services, "kube-system/kube-dns").spec?.clusterIP).toBe("10.96.0.10");
});

test("pods reach the API server on our loopback at the address that onApiAddress named", async () => {
  const [ip, port] = net.apiAddresses.at(-1)!.split(":") as [string, string];
  net.api.put(Services, {
    metadata: { namespace: "default", name: "kubernetes" },
    spec: { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443 }] },
  });
  net.endpoints("kubernetes", [{ addresses: [ip] }], [{ name: "https", port: Number(port) }]);
  await expectWho(http("10.96.0.1:443"), ["api-server"], client, 3);
});

test("host ports and node ports are reached at the node's address", async () => {
  const pod = { containers: [{ name: "main", ports: [{ containerPort: 8080, hostPort: 8099 }] }], nodeName: "wherry" };
  net.api.put(Pods, { metadata: { namespace: "default", name: "a" }, spec: pod as never, status: { podIP: a.ip, phase: "Running" } });
  net.service("out", { type: "NodePort", clusterIP: "10.96.1.10", ports: [{ port: 80, nodePort: 31_099 }] });
  net.endpoints("out", [{ addresses: [b.ip] }]);
  await expectWho(http(`${net.gateway}:8099`), ["a"], client, 2);
  await expectWho(http(`${net.gateway}:31099`), ["b"], client, 2);
});

async function fetchPod(url: string): Promise<string | undefined> {
  try {
    return ((await (await fetch(url, { headers: { connection: "close" } })).json()) as Answer).pod;
  } catch {
    return undefined;
  }
}

test("NodePort and LoadBalancer Services answer on 127.0.0.1 of this machine, TCP and UDP", async () => {
  net.service("front", {
    type: "LoadBalancer",
    clusterIP: "10.96.1.11",
    ports: [
      { name: "http", port: 18_080, nodePort: 31_080 },
      { name: "echo", port: 18_007, nodePort: 31_007, protocol: "UDP" },
    ],
  });
  net.endpoints(
    "front",
    [{ addresses: [a.ip] }],
    [
      { name: "http", port: 8080 },
      { name: "echo", port: 9000, protocol: "UDP" },
    ],
  );
  expect(await eventually(async () => (await fetchPod("http://127.0.0.1:31080")) === "a", 5_000)).toBe(true);
  expect(await fetchPod("http://127.0.0.1:18080")).toBe("a");
  const socket = createSocket("udp4");
  const echo = async () => {
    const answered = once(socket, "message") as Promise<[Buffer]>;
    socket.send("hi", 31_007, "127.0.0.1");
    return JSON.parse((await answered)[0].toString()) as Answer;
  };
  expect(await echo()).toMatchObject({ pod: "a", message: "hi" });
  const ports = [
    { name: "http", port: 8080 },
    { name: "echo", port: 9000, protocol: "UDP" as const },
  ];
  net.endpoints("front", [{ addresses: [b.ip] }], ports);
  expect(await eventually(async () => (await fetchPod("http://127.0.0.1:31080")) === "b", 5_000)).toBe(true);
  expect(await echo()).toMatchObject({ pod: "b" });
  socket.close();
  net.api.remove(Services, "default/front");
  expect(await eventually(async () => (await fetchPod("http://127.0.0.1:31080")) === undefined, 5_000)).toBe(true);
});

test("a port that another program has is an event on the Service, and opens when it is free", async () => {
  const other = createTcpServer().listen(31_081, "127.0.0.1");
  await once(other, "listening");
  net.service("taken", { type: "NodePort", clusterIP: "10.96.1.12", ports: [{ port: 80, nodePort: 31_081 }] });
  net.endpoints("taken", [{ addresses: [a.ip] }]);
  const event = () => net.api.all(Events).find((each) => each.involvedObject.name === "taken" && each.type === "Warning");
  expect(await eventually(() => event() !== undefined, 5_000)).toBe(true);
  expect(event()).toMatchObject({
    reason: "PortUnavailable",
    message: "The node port 31081/TCP on 127.0.0.1 is taken by another program. Trying again until it is free",
  });
  other.close();
  expect(await eventually(async () => (await fetchPod("http://127.0.0.1:31081")) === "a", 10_000)).toBe(true);
});

test("dialPod reaches pods and tells why it can't", async () => {
  const stream = await net.network.dialPod(a.ip, 8080);
  stream.write("GET / HTTP/1.0\r\n\r\n");
  let text = "";
  stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(stream, "end");
  stream.destroy();
  expect(text).toContain('"pod":"a"');
  await expect(net.network.dialPod(a.ip, 1)).rejects.toThrow(`connect ECONNREFUSED ${a.ip}:1`);
});

test("pods keep their Services and DNS while our process is away; the next start adopts the agent and what changed meanwhile", async () => {
  const helper = net.apiAddresses.at(-1);
  await net.network.close({ keepRunning: true });
  const [alone, name] = await client.ask(http("10.96.1.9"), { dns: "early.default.svc.cluster.local" });
  expect([alone!.pod, name!.answer]).toEqual(["b", ["10.96.1.9"]]);
  expect(await fetchPod("http://127.0.0.1:31081")).toBeUndefined();
  net.api.change(EndpointSlices, "default/early-1", (slice) => void (slice.endpoints = [{ addresses: [a.ip] }]));
  await net.start({ apiServerPort: portOf(apiServer) });
  expect(net.apiAddresses.at(-1)).toBe(helper);
  await expectWho(http("10.96.1.9"), ["a"], client, 3);
  await expectWho(http("10.96.0.1:443"), ["api-server"], client, 2);
});

test("an agent that was killed is started again, and pods get their rules and DNS back", async () => {
  await net.runtime.helpers!.remove("network");
  expect(
    await eventually(
      async () => net.network.problem === undefined && (await client.ask({ dns: "early.default.svc.cluster.local" }))[0]!.answer !== undefined,
      20_000,
    ),
  ).toBe(true);
  net.endpoints("early", [{ addresses: [b.ip] }]);
  await expectWho(http("10.96.1.9"), ["b"], client, 3);
});

test("where the engine's loopback can't be reached, the agent moves into the pod network", async () => {
  await net.network.close({ keepRunning: false });
  const helpers = net.runtime.helpers!;
  const unreachable = {
    ...helpers,
    run: async (config: HelperConfig) => (config.hostNetwork ? { id: "", address: () => ({ host: "127.0.0.1", port: 1 }) } : helpers.run(config)),
  };
  const runtime = new Proxy(net.runtime, {
    get: (target, property) => {
      const value: unknown = property === "helpers" ? unreachable : Reflect.get(target, property);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
  await net.start({ apiServerPort: portOf(apiServer), runtime });
  expect(net.network.problem).toBeUndefined();
  await expectWho(http("10.96.1.9"), ["b"], client, 3);
  const [dns] = await client.ask({ dns: "early.default.svc.cluster.local" });
  expect(dns!.answer).toEqual(["10.96.1.9"]);
  expect(await eventually(async () => (await fetchPod("http://127.0.0.1:31081")) === "a", 10_000)).toBe(true);
});

test("a connection half closed by the client still gets its answer", async () => {
  const socket = connect({ host: "127.0.0.1", port: 31_081, allowHalfOpen: true });
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  socket.end("GET / HTTP/1.0\r\n\r\n");
  await once(socket, "end");
  expect(text).toContain('"pod":"a"');
});
