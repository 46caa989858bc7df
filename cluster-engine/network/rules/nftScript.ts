import type { Rule, RuleKey, Ruleset } from "./types.ts";

// The rules of a pod, in its own network namespace and in a table of their own. Flat maps, so that cost does not grow with
// the number of Services:
//
//   services   address . protocol . port           → the chain for its number of endpoints
//   endpoints  address . protocol . port . choice  → endpoint address . port
//
// A plain Service's choice is a random index. One with session affinity draws an index too, but its choice is the endpoint's
// identity, kept in `affinity` for the time that its chain names; when the endpoint is gone, `endpoints` has no such choice
// and the packet goes on to a new draw. What is still addressed to the Service range after that is refused: it must not
// leave for whatever answers there outside.

export const tableName = "wherry";

type MapName = "services" | "endpoints" | "draws";
type Elements = Map<string, string>;
type Contents = Record<MapName, Elements>;

const mapNames: MapName[] = ["services", "endpoints", "draws"];

/** Makes the whole table anew, in one transaction. */
export function fullScript(ruleset: Ruleset, serviceCIDR: string): string {
  const contents = contentsOf(ruleset.rules);
  const body = [
    declaration("services", "ipv4_addr . inet_proto . inet_service : verdict"),
    declaration("endpoints", "ipv4_addr . inet_proto . inet_service . mark : ipv4_addr . inet_service"),
    declaration("draws", "ipv4_addr . inet_proto . inet_service . mark : mark"),
    "map affinity { type ipv4_addr . inet_proto . inet_service : mark; size 65535; flags dynamic,timeout; }",
    ...chainsOf(ruleset.rules).map((chain) => `chain ${chain} {\n${chainRules(chain).join("\n")}\n}`),
    `chain output { type nat hook output priority -100; ${key} vmap @services; }`,
    `chain prerouting { type nat hook prerouting priority -100; ${key} vmap @services; }`,
    `chain refuse-output { type filter hook output priority 0; ip daddr ${serviceCIDR} reject; }`,
    `chain refuse-forward { type filter hook forward priority 0; ip daddr ${serviceCIDR} reject; }`,
  ];
  const fill = mapNames.flatMap((map) => elementCommand("add", map, [...contents[map]].map(pair)));
  return [`table ip ${tableName}`, `delete table ip ${tableName}`, `table ip ${tableName} {`, ...body, "}", ...fill, ""].join("\n");
}

/** Turns a table that holds `from` into one that holds `to`, in one transaction. Empty when nothing differs. */
export function changeScript(from: Ruleset, to: Ruleset): string {
  const changed = changedRules(from, to);
  const before = contentsOf(changed.map(({ key, old }) => [key, old] as const));
  const after = contentsOf(changed.map(({ key, rule }) => [key, rule] as const));
  const removals: string[] = [];
  const additions: string[] = [];
  for (const map of mapNames) {
    const gone = [...before[map]].filter(([key, value]) => after[map].get(key) !== value);
    const made = [...after[map]].filter(([key, value]) => before[map].get(key) !== value);
    removals.push(
      ...elementCommand(
        "delete",
        map,
        gone.map(([key]) => key),
      ),
    );
    additions.push(...elementCommand("add", map, made.map(pair)));
  }
  return [
    ...removals,
    ...newChains(
      from,
      changed.map(({ rule }) => rule),
    ),
    ...additions,
    "",
  ]
    .join("\n")
    .trimStart();
}

export interface RuleChange {
  key: RuleKey;
  old?: Rule;
  rule?: Rule;
}

/** The rules that differ. */
export function changedRules(from: Ruleset, to: Ruleset): RuleChange[] {
  const changes: RuleChange[] = [];
  for (const [key, old] of from.rules) if (!to.rules.has(key)) changes.push({ key, old });
  for (const [key, rule] of to.rules) {
    const old = from.rules.get(key);
    if (!old || !sameRule(old, rule)) changes.push({ key, old, rule });
  }
  return changes;
}

const sameRule = (a: Rule, b: Rule): boolean =>
  a === b ||
  (a.affinitySeconds === b.affinitySeconds &&
    a.endpoints.length === b.endpoints.length &&
    a.endpoints.every((endpoint, i) => endpoint === b.endpoints[i]));

/** Chains are made when first needed; making one again empties and fills it, and none is ever removed. */
function newChains(from: Ruleset, rules: (Rule | undefined)[]): string[] {
  const wanted = new Set(rules.flatMap((rule) => (rule ? chainsFor(rule) : [])));
  if (wanted.size === 0) return [];
  for (const chain of chainsOf(from.rules)) wanted.delete(chain);
  return [...wanted]
    .sort()
    .flatMap((chain) => [
      `add chain ip ${tableName} ${chain}`,
      `flush chain ip ${tableName} ${chain}`,
      ...chainRules(chain).map((rule) => `add rule ip ${tableName} ${chain} ${rule}`),
    ]);
}

function chainsOf(rules: Ruleset["rules"]): string[] {
  const chains = new Set<string>();
  for (const rule of rules.values()) for (const chain of chainsFor(rule)) chains.add(chain);
  return [...chains].sort();
}

/** In the order in which they must be made: a chain after those that it goes to. */
const chainsFor = ({ endpoints, affinitySeconds }: Rule): string[] =>
  affinitySeconds ? [`draw-${endpoints.length}-${affinitySeconds}`, `keep-${endpoints.length}-${affinitySeconds}`] : [`pick-${endpoints.length}`];

const entryChain = (rule: Rule): string => chainsFor(rule).at(-1)!;

const key = "ip daddr . meta l4proto . th dport";
const translate = `dnat ip to ${key} . meta mark map @endpoints`;

/** A chain's name says what is in it. */
function chainRules(chain: string): string[] {
  const [kind, count, seconds] = chain.split("-");
  const remember = `update @affinity { ${key} timeout ${seconds}s : meta mark }`;
  const choose = `meta mark set numgen random mod ${count}`;
  if (kind === "pick") return [choose, translate];
  if (kind === "draw") return [choose, `meta mark set ${key} . meta mark map @draws`, remember, translate];
  // The first rule ends the rest when nothing is kept; `endpoints` does when the kept one is gone.
  return [
    "meta mark set 0",
    `meta mark set ${key} map @affinity`,
    `meta mark != 0 ${remember}`,
    `meta mark != 0 ${translate}`,
    `goto draw-${count}-${seconds}`,
  ];
}

function contentsOf(rules: Iterable<readonly [RuleKey, Rule | undefined]>): Contents {
  const contents: Contents = { services: new Map(), endpoints: new Map(), draws: new Map() };
  for (const [key, rule] of rules) if (rule) addContents(contents, key, rule);
  return contents;
}

function addContents(contents: Contents, key: RuleKey, rule: Rule): void {
  contents.services.set(key, `goto ${entryChain(rule)}`);
  rule.endpoints.forEach((endpoint, index) => {
    const choice = rule.affinitySeconds ? identity(endpoint) : index;
    contents.endpoints.set(`${key} . ${choice}`, endpoint.replace(":", " . "));
    if (rule.affinitySeconds) contents.draws.set(`${key} . ${index}`, String(choice));
  });
}

/** 32 bits that tell the endpoints of a Service apart, the same after any change: the low half of the address, and the port. */
function identity(endpoint: string): number {
  const [, , c, d, port] = endpoint.split(/[.:]/).map(Number) as [number, number, number, number, number];
  return ((c * 256 + d) * 65536 + port) >>> 0;
}

const pair = ([key, value]: [string, string]): string => `${key} : ${value}`;

const declaration = (map: MapName, type: string): string => `map ${map} { type ${type}; }`;

const elementCommand = (verb: "add" | "delete", map: MapName, elements: string[]): string[] =>
  elements.length > 0 ? [`${verb} element ip ${tableName} ${map} { ${elements.join(", ")} }`] : [];

/** Translations of UDP that must be forgotten: conversations that go to an endpoint which is no longer one. */
export function staleConversations(from: Ruleset, to: Ruleset): { address: string; port: number; endpoint: string }[] {
  return changedRules(from, to).flatMap(({ key, old, rule }) => {
    const [address, protocol, port] = key.split(" . ") as [string, string, string];
    if (protocol !== "udp" || !old) return [];
    const gone = old.endpoints.filter((endpoint) => !rule?.endpoints.includes(endpoint));
    return gone.map((endpoint) => ({ address, port: Number(port), endpoint: endpoint.split(":")[0]! }));
  });
}
