import type { TableChange } from "./agentProtocol.ts";
import { fixedRecords, serviceRecords } from "./dns/records.ts";
import type { RecordSet, Records } from "./dns/types.ts";
import type { NetworkObjects } from "./objects.ts";
import { OwnedTable } from "./ownedTable.ts";
import { hostPortRules, internalIP, serviceRules } from "./rules/serviceRules.ts";
import type { Rule, RuleTable } from "./rules/types.ts";

/** What pods should have, computed from the API's objects: rules by node, and DNS records. */
export class DesiredState {
  readonly #objects: NetworkObjects;
  readonly #domain: string;
  readonly #rules = new Map<string, OwnedTable<Rule>>();
  readonly #records = new OwnedTable<RecordSet>();
  #nodeAddresses: string[] = [];

  constructor(objects: NetworkObjects, domain: string) {
    this.#objects = objects;
    this.#domain = domain;
    this.#records.set("", fixedRecords(domain));
  }

  /** Computes a Service anew. */
  updateService(key: string): void {
    const service = this.#objects.services.get(key);
    const slices = service ? this.#objects.slicesOf(key) : [];
    this.#records.set(key, service ? serviceRecords(service, slices, this.#domain) : {});
    for (const [node, table] of this.#rules)
      table.set(key, service ? serviceRules(service, slices, { node, nodeAddresses: this.#nodeAddresses }) : {});
  }

  /** Computes a node's host ports anew, and every Service's node ports when the nodes' addresses are others now. */
  updateNode(name: string): void {
    const addresses = this.#addresses();
    const moved = addresses.join() !== this.#nodeAddresses.join();
    this.#nodeAddresses = addresses;
    if (this.#objects.nodes.get(name)) this.addNode(name);
    if (moved) this.#updateServices();
    const node = this.#objects.nodes.get(name);
    const address = node && internalIP(node);
    const hostPorts = address ? hostPortRules(this.#objects.podsOn(name), address) : {};
    for (const table of this.#rules.values()) table.set(`node/${name}/`, hostPorts);
  }

  /** Starts a table for the pods of a node; they may be there before the node is registered. */
  addNode(name: string): void {
    if (this.#rules.has(name)) return;
    this.#rules.set(name, new OwnedTable());
    this.#updateServices();
    for (const node of this.#objects.nodes.list()) this.updateNode(node.metadata.name);
  }

  allRules(): Record<string, RuleTable> {
    return Object.fromEntries([...this.#rules].map(([node, table]) => [node, table.all()]));
  }

  allRecords(): Records {
    return this.#records.all();
  }

  /** What changed since the last call. */
  take(): { rules: ({ node: string } & TableChange<Rule>)[]; records: TableChange<RecordSet> | undefined } {
    const rules = [...this.#rules].flatMap(([node, table]) => {
      const change = table.take();
      return change ? [{ node, ...change }] : [];
    });
    return { rules, records: this.#records.take() };
  }

  #updateServices(): void {
    for (const { metadata } of this.#objects.services.list()) this.updateService(`${metadata.namespace}/${metadata.name}`);
  }

  #addresses(): string[] {
    return [...new Set(this.#objects.nodes.list().flatMap((node) => internalIP(node) ?? []))].sort();
  }
}
