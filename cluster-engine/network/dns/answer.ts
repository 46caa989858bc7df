import type { Answer, Question } from "dns-packet";
import { isIPv4 } from "node:net";
import { contains, parseCIDR } from "../cidr.ts";
import type { RecordSet } from "./types.ts";
import type { Zone } from "./zone.ts";

export interface ClusterNames {
  zone: Zone;
  domain: string;
  /** Address ranges whose reverse names are the cluster's own and never leave it. */
  cidrs: string[];
}

export interface NameAnswer {
  rcode: "NOERROR" | "NXDOMAIN";
  answers: Answer[];
  authorities: Answer[];
  additionals: Answer[];
  /** A name outside the cluster that the asker needs as well: the target of an ExternalName Service. */
  follow?: string;
}

/** Seconds that an answer may be kept: short, as endpoints change. */
const ttl = 5;
const longestChain = 8;

/** The cluster's answer, or undefined when the name is not the cluster's and must be asked upstream. */
export function answer({ name: asked, type: askedType }: Question, names: ClusterNames): NameAnswer | undefined {
  const name = asked.toLowerCase();
  const type: string = askedType;
  if (!isOurs(name, names)) return undefined;
  const record = find(name, names);
  if (!record) return { rcode: "NXDOMAIN", answers: [], authorities: [authority(names.domain)], additionals: [] };
  const answers: Answer[] = [];
  const follow = collect(answers, asked, record, type, names);
  const additionals =
    record.srv && (type === "SRV" || type === "ANY")
      ? addressesOf(
          record.srv.map((each) => each.target),
          names,
        )
      : [];
  return { rcode: "NOERROR", answers, authorities: answers.length ? [] : [authority(names.domain)], additionals, ...(follow ? { follow } : {}) };
}

/** Adds what `record` answers, following aliases inside the cluster. Returns the alias that leads outside. */
function collect(answers: Answer[], name: string, record: RecordSet, type: string, names: ClusterNames): string | undefined {
  let current: RecordSet | undefined = record;
  for (let steps = 0; current?.cname && steps < longestChain; steps++) {
    const target: string = current.cname;
    answers.push({ type: "CNAME", name, ttl, data: target });
    if (type === "CNAME") return undefined;
    if (!isOurs(target, names)) return target;
    name = target;
    current = find(target, names);
  }
  if (current) answers.push(...own(name, current, type));
  return undefined;
}

function own(name: string, record: RecordSet, type: string): Answer[] {
  const wants = (each: string) => type === each || type === "ANY";
  return [
    ...(wants("A") ? (record.a ?? []).map((data): Answer => ({ type: "A", name, ttl, data })) : []),
    ...(wants("SRV")
      ? (record.srv ?? []).map(({ port, target }): Answer => ({ type: "SRV", name, ttl, data: { port, target, priority: 0, weight: share(record) } }))
      : []),
    ...(wants("PTR") ? (record.ptr ?? []).map((data): Answer => ({ type: "PTR", name, ttl, data })) : []),
    ...(wants("TXT") && record.txt ? [{ type: "TXT", name, ttl, data: record.txt } satisfies Answer] : []),
  ];
}

const share = (record: RecordSet): number => Math.max(1, Math.floor(100 / (record.srv?.length ?? 1)));

const addressesOf = (targets: string[], { zone }: ClusterNames): Answer[] =>
  [...new Set(targets)].flatMap((name) => (zone.get(name)?.a ?? []).map((data): Answer => ({ type: "A", name, ttl, data })));

const find = (name: string, names: ClusterNames): RecordSet | undefined =>
  name === names.domain ? {} : (names.zone.get(name) ?? podRecord(name, names.domain));

/** `10-244-0-5.default.pod.cluster.local` */
function podRecord(name: string, domain: string): RecordSet | undefined {
  const match = new RegExp(`^([0-9-]+)\\.[a-z0-9-]+\\.pod\\.${domain.replaceAll(".", "\\.")}$`).exec(name);
  const address = match?.[1]!.replaceAll("-", ".");
  return address && isIPv4(address) ? { a: [address] } : undefined;
}

function isOurs(name: string, { domain, cidrs, zone }: ClusterNames): boolean {
  if (name === domain || name.endsWith(`.${domain}`)) return true;
  if (!name.endsWith(".in-addr.arpa")) return false;
  const address = name.slice(0, -".in-addr.arpa".length).split(".").reverse().join(".");
  return zone.get(name) !== undefined || (isIPv4(address) && cidrs.some((cidr) => contains(parseCIDR(cidr), address)));
}

const authority = (domain: string): Answer => ({
  type: "SOA",
  name: domain,
  ttl,
  data: { mname: `ns.dns.${domain}`, rname: `hostmaster.${domain}`, serial: 1, refresh: 7200, retry: 1800, expire: 86_400, minimum: ttl },
});
