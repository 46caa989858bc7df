import { AUTHORITATIVE_ANSWER, decode, encode, TRUNCATED_RESPONSE } from "dns-packet";
import { expect, test } from "vitest";
import type { ClusterNames } from "../dns/answer.ts";
import { Zone } from "../dns/zone.ts";
import { reply } from "./dnsReply.ts";
import { PodRules, type PodNamespace } from "./podRules.ts";

/** Records what is run where, and holds or refuses it as told. */
class FakeNamespace implements PodNamespace {
  readonly ran: { pid: number; kind: "full" | "change"; script: string }[] = [];
  readonly forgotten: string[] = [];
  refuse: (pid: number, kind: string) => boolean = () => false;
  hold: Promise<void> | undefined;

  async runScript(pid: number, script: string): Promise<void> {
    const kind = script.startsWith("table") ? "full" : "change";
    this.ran.push({ pid, kind, script });
    await this.hold;
    if (this.refuse(pid, kind)) throw new Error("nft: No such file or directory");
  }

  async forgetConversations(pid: number, stale: { endpoint: string }[]): Promise<void> {
    for (const { endpoint } of stale) this.forgotten.push(`${pid} ${endpoint}`);
  }

  get summary(): string[] {
    return this.ran.map(({ pid, kind }) => `${pid} ${kind}`);
  }
}

const web = "10.96.0.20 . tcp . 80";
const dns = "10.96.0.10 . udp . 53";
const one = { [web]: { endpoints: ["10.244.0.5:80"] } };
const two = { [web]: { endpoints: ["10.244.0.5:80", "10.244.0.6:80"] } };
const pod = (id: string, pid: number, node = "wherry") => ({ id, pid, node });

function make() {
  const namespace = new FakeNamespace();
  return { namespace, rules: new PodRules(namespace, "10.96.0.0/16") };
}

test("a new pod gets the whole table of its node, then only changes", async () => {
  const { namespace, rules } = make();
  await rules.replace({ wherry: one, "wherry-2": two }, [pod("a", 1)]);
  await rules.add(pod("b", 2, "wherry-2"));
  await rules.change("wherry", two, []);
  expect(namespace.summary).toEqual(["1 full", "2 full", "1 change"]);
  expect(namespace.ran[1]!.script).toContain("pick-2");
});

test("a second, equal replacement changes nothing in the kernel", async () => {
  const { namespace, rules } = make();
  await rules.replace({ wherry: one }, [pod("a", 1)]);
  await rules.replace({ wherry: structuredClone(one) }, [pod("a", 1)]);
  expect(namespace.summary).toEqual(["1 full"]);
});

test("changes that come while one is being made are made together", async () => {
  const { namespace, rules } = make();
  await rules.replace({ wherry: {} }, [pod("a", 1)]);
  let release = () => {};
  namespace.hold = new Promise((resolve) => (release = resolve));
  const changes = [rules.change("wherry", one, []), rules.change("wherry", two, []), rules.change("wherry", {}, [web])];
  await Promise.resolve();
  release();
  await Promise.all(changes);
  expect(namespace.summary.length).toBeLessThanOrEqual(3);
  const last = namespace.ran.at(-1)!;
  expect(last.kind === "full" || !last.script.includes("add element")).toBe(true);
});

test("a table that is not as expected is made anew", async () => {
  const { namespace, rules } = make();
  await rules.replace({ wherry: one }, [pod("a", 1)]);
  namespace.refuse = (_, kind) => kind === "change";
  await rules.change("wherry", two, []);
  expect(namespace.summary).toEqual(["1 full", "1 change", "1 full"]);
});

test("a pod that is on its way out does not hold up the others, and adding one that can't be programmed fails", async () => {
  const { namespace, rules } = make();
  await rules.replace({ wherry: one }, [pod("a", 1), pod("b", 2)]);
  namespace.refuse = (pid) => pid === 1;
  await rules.change("wherry", two, []);
  expect(namespace.summary).toContain("2 change");
  await expect(rules.add(pod("a", 1))).rejects.toThrow("No such file");
});

test("a sandbox that was started again is programmed anew, one that is gone no more", async () => {
  const { namespace, rules } = make();
  await rules.replace({ wherry: one }, [pod("a", 1), pod("b", 2)]);
  await rules.add(pod("a", 9));
  rules.remove("b");
  await rules.change("wherry", two, []);
  expect(namespace.summary).toEqual(["1 full", "2 full", "9 full", "9 change"]);
});

test("UDP conversations with an endpoint that is gone are forgotten in every pod", async () => {
  const { namespace, rules } = make();
  await rules.replace({ wherry: { [dns]: { endpoints: ["10.244.0.2:53", "10.244.0.3:53"] } } }, [pod("a", 1), pod("b", 2)]);
  await rules.change("wherry", { [dns]: { endpoints: ["10.244.0.3:53"] } }, []);
  expect(namespace.forgotten.sort()).toEqual(["1 10.244.0.2", "2 10.244.0.2"]);
});

function names(records: Record<string, { a?: string[]; cname?: string }>): ClusterNames {
  const zone = new Zone();
  zone.replace(records);
  return { zone, domain: "cluster.local", cidrs: [] };
}

const query = (name: string, extra = {}) => encode({ type: "query", id: 7, flags: 256, questions: [{ type: "A", name }], ...extra });
const upstream = async (asked: Buffer) => {
  const { id, questions } = decode(asked);
  return encode({ type: "response", id, questions, answers: [{ type: "A", name: questions![0]!.name, ttl: 60, data: "192.0.2.1" }] });
};
const many = Array.from({ length: 25 }, (_, i) => `10.244.0.${i}`);

test("names of the cluster are answered with authority, others with the upstream's own bytes", async () => {
  const ours = decode(await reply(query("web.a.svc.cluster.local"), names({ "web.a.svc.cluster.local": { a: ["10.96.0.20"] } }), "udp", upstream));
  expect([ours.id, ours.flags! & AUTHORITATIVE_ANSWER, ours.answers?.length]).toEqual([7, AUTHORITATIVE_ANSWER, 1]);
  const theirs = decode(await reply(query("example.com"), names({}), "udp", upstream));
  expect(theirs.answers).toMatchObject([{ name: "example.com", data: "192.0.2.1" }]);
});

test("an alias that leads out of the cluster brings the addresses of its target", async () => {
  const answered = decode(
    await reply(query("out.a.svc.cluster.local"), names({ "out.a.svc.cluster.local": { cname: "example.com" } }), "udp", upstream),
  );
  expect(answered.answers).toMatchObject([
    { type: "CNAME", data: "example.com" },
    { type: "A", data: "192.0.2.1" },
  ]);
});

test("an answer that a datagram has no room for says so, and TCP carries it whole", async () => {
  const zone = names({ "big.a.svc.cluster.local": { a: many } });
  const short = decode(await reply(query("big.a.svc.cluster.local"), zone, "udp", upstream));
  expect([short.flags! & TRUNCATED_RESPONSE, short.answers?.length]).toEqual([TRUNCATED_RESPONSE, 0]);
  const roomy = { additionals: [{ type: "OPT", name: ".", udpPayloadSize: 4096, flags: 0, options: [] }] };
  expect(decode(await reply(query("big.a.svc.cluster.local", roomy), zone, "udp", upstream)).answers).toHaveLength(25);
  expect(decode(await reply(query("big.a.svc.cluster.local"), zone, "tcp", upstream)).answers).toHaveLength(25);
});

test("each answer starts with another address", async () => {
  const zone = names({ "db.a.svc.cluster.local": { a: ["10.244.0.5", "10.244.0.6"] } });
  const firsts = await Promise.all([1, 2].map(async () => decode(await reply(query("db.a.svc.cluster.local"), zone, "udp", upstream)).answers![0]));
  expect(new Set(firsts.map((each) => (each && "data" in each ? each.data : ""))).size).toBe(2);
});

test("an upstream that fails is a server failure, bytes that are no query are dropped", async () => {
  const failing = () => Promise.reject(new Error("no resolver"));
  expect(decode(await reply(query("example.com"), names({}), "udp", failing)).flags! & 15).toBe(2);
  await expect(reply(Buffer.from("nonsense"), names({}), "udp", upstream)).rejects.toThrow();
});
