import { Agent, get } from "node:http";
import { connect } from "node:net";
import { TestNetwork, type TestPod } from "../support/podNetwork.ts";
import { compared, median, timed, type Measurement } from "./measurement.ts";

// What a Service costs beside the direct road to the same pod. Loads are bounded, and go to pods that the bench made.

const rounds = 5;
const requests = 2_000;
const connections = 600;
const parallel = 8;
const bulkBytes = 200 * 2 ** 20;
const manyServices = 1_000;

/** Prints the ms that `count` requests took; every answer must be a pod's. */
const loadScript = `
const { Agent, get } = require("http"), [url, count, parallel, alive] = process.argv.slice(1), agent = new Agent({ keepAlive: alive === "yes", maxSockets: +parallel });
const ask = () => new Promise((ok, no) => get(url, { agent: alive === "yes" ? agent : new Agent() }, (r) => { let t = ""; r.on("data", (d) => (t += d)); r.on("end", () => (r.statusCode === 200 && JSON.parse(t).pod ? ok() : no(new Error(t)))); }).on("error", no));
(async () => { let left = +count; const run = async () => { while (left-- > 0) await ask(); }; await Promise.all(Array.from({ length: 50 }, ask)); const at = performance.now(); await Promise.all(Array.from({ length: +parallel }, run)); console.log(performance.now() - at); })();
`;

async function loadFrom(net: TestNetwork, pod: TestPod, address: string, count: number, alive: boolean): Promise<number> {
  const { stdout, stderr, exitCode } = await net.runtime.execSync(
    pod.container,
    ["node", "-e", loadScript, `http://${address}/`, String(count), String(parallel), alive ? "yes" : "no"],
    60_000,
  );
  if (exitCode !== 0) throw new Error(stderr.toString());
  return Number(stdout.toString());
}

async function loadFromHere(address: string, count: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      get(`http://${address}/`, { agent }, (response) =>
        response.resume().on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error(String(response.statusCode))))),
      ).on("error", reject);
    });
  let left = count;
  const worker = async () => {
    while (left-- > 0) await ask();
  };
  const ms = await timed(() => Promise.all(Array.from({ length: parallel }, worker)));
  agent.destroy();
  return ms;
}

/** Reads `bulkBytes` from a TCP port. */
const bulkFrom = (host: string, port: number): Promise<number> =>
  timed(
    () =>
      new Promise<void>((resolve, reject) => {
        let received = 0;
        const socket = connect(port, host);
        socket.on("data", (chunk) => (received += chunk.length));
        socket.on("end", () => (received === bulkBytes ? resolve() : reject(new Error(`only ${received} bytes came`))));
        socket.on("error", reject);
      }),
  );

async function alternated(a: () => Promise<number>, b: () => Promise<number>): Promise<[number[], number[]]> {
  const [as, bs]: [number[], number[]] = [[], []];
  await a();
  await b();
  for (let i = 0; i < rounds; i++) {
    as.push(await a());
    bs.push(await b());
  }
  return [as, bs];
}

/** Rates from the ms that `count` took. */
const perSecond = ([a, b]: [number[], number[]], count: number): [number[], number[]] => [
  a.map((ms) => (count / ms) * 1000),
  b.map((ms) => (count / ms) * 1000),
];

export async function network(): Promise<Measurement[]> {
  const net = await TestNetwork.create();
  try {
    const begun = await timed(() => net.start());
    const server = await net.pod("server");
    const client = await net.pod("client");
    net.service("web", {
      type: "NodePort",
      clusterIP: "10.96.2.1",
      ports: [
        { name: "http", port: 80, nodePort: 31_180 },
        { name: "bulk", port: 81, nodePort: 31_181 },
      ],
    });
    net.endpoints(
      "web",
      [{ addresses: [server.ip] }],
      [
        { name: "http", port: 8080 },
        { name: "bulk", port: 8081 },
      ],
    );
    const source = `require("net").createServer((s)=>{const b=Buffer.alloc(1<<20);let n=${bulkBytes / 2 ** 20};const w=()=>{while(n>0){n--;if(!s.write(b))return}s.end()};s.on("drain",w).on("error",()=>{});w()}).listen(8081)`;
    void net.runtime.execSync(server.container, ["node", "-e", source], 300_000).catch(() => {});
    await reachable(net, client, "10.96.2.1");
    const address = { direct: `${server.ip}:8080`, service: "10.96.2.1", nodePort: "127.0.0.1:31180" };
    const alive = perSecond(
      await alternated(
        () => loadFrom(net, client, address.service, requests, true),
        () => loadFrom(net, client, address.direct, requests, true),
      ),
      requests,
    );
    const fresh = perSecond(
      await alternated(
        () => loadFrom(net, client, address.service, connections, false),
        () => loadFrom(net, client, address.direct, connections, false),
      ),
      connections,
    );
    const outside = perSecond(
      await alternated(
        () => loadFromHere(address.nodePort, requests),
        () => loadFromHere(address.direct, requests),
      ),
      requests,
    );
    const bulk = await alternated(
      () => bulkFrom("127.0.0.1", 31_181),
      () => bulkFrom(server.ip, 8081),
    );
    return [
      { what: "start with a new agent", value: begun, unit: "ms" },
      { what: "start with the agent that runs", value: await adoption(net), unit: "ms" },
      compared("pod → Service, keep-alive (ref. direct)", "req/s", ...alive),
      compared("pod → Service, new connections (ref. direct)", "conn/s", ...fresh),
      compared("host → node port, keep-alive (ref. pod address)", "req/s", ...outside),
      compared(
        "host → node port, bulk (ref. pod address)",
        "Gbit/s",
        ...(bulk.map((each) => each.map((ms) => (bulkBytes * 8) / ms / 1e6)) as [number[], number[]]),
      ),
      ...(await programming(net, client)),
    ];
  } finally {
    await net.destroy();
  }
}

async function adoption(net: TestNetwork): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await net.network.close({ keepRunning: true });
    samples.push(await timed(() => net.start()));
  }
  return median(samples);
}

/** How soon a change is in every pod, with few and with many Services there. */
async function programming(net: TestNetwork, client: TestPod): Promise<Measurement[]> {
  const ready = () => timed(() => net.network.podNetworkReady({ id: client.sandbox }));
  const few = await changes(net);
  for (let i = 0; i < manyServices; i++) {
    net.service(`many-${i}`, { clusterIP: `10.96.${16 + (i >> 8)}.${i & 255}`, ports: [{ port: 80 }] });
    net.endpoints(`many-${i}`, [{ addresses: [client.ip] }]);
  }
  await ready();
  const many = await changes(net);
  const pod = await timed(() => net.pod("late"));
  return [
    compared(`one change in ${2} pods with ${manyServices} Services (ref. with 1)`, "ms", many, few),
    { what: `new pod with ${manyServices} Services, sandbox to answering`, value: pod, unit: "ms" },
  ];
}

/** From the change of an object to the rules of all pods. */
async function changes(net: TestNetwork): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < 10; i++) {
    net.endpoints("web", [{ addresses: [i % 2 ? "10.244.0.9" : "10.244.0.8"] }], [{ name: "http", port: 8080 }]);
    await new Promise((resolve) => setImmediate(resolve));
    // Ready means: with the rules as they are now.
    samples.push(await timed(async () => Promise.all((await net.runtime.listPodSandboxes()).map(({ id }) => net.network.podNetworkReady({ id })))));
  }
  return samples;
}

async function reachable(net: TestNetwork, client: TestPod, address: string): Promise<void> {
  for (let i = 0; i < 50; i++) if ((await client.ask({ http: `http://${address}` }))[0]!.pod) return;
  throw new Error(`${address} does not answer`);
}
