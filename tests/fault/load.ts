import { ConfigMaps, Leases } from "../../cluster-engine/api/resources.ts";
import type { ResourceType } from "../../cluster-engine/api/resourceType.ts";
import { StatusError } from "../../cluster-engine/api/statusError.ts";
import type { Random } from "../../cluster-engine/base/random.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Operation, Told } from "./history.ts";

// A mixed load of several clients on few keys, so that they meet, and a watch that follows it.

interface Register {
  type: ResourceType<KubeObject>;
  of(object: KubeObject): string;
  with(value: string): object;
}

const configMaps: Register = {
  type: ConfigMaps as ResourceType<KubeObject>,
  of: (object) => (object as unknown as { data?: { value?: string } }).data?.value ?? "",
  with: (value) => ({ data: { value } }),
};
const leases: Register = {
  type: Leases as ResourceType<KubeObject>,
  of: (object) => (object as unknown as { spec?: { holderIdentity?: string } }).spec?.holderIdentity ?? "",
  with: (holderIdentity) => ({ spec: { holderIdentity, leaseDurationSeconds: 15 } }),
};
export const registers = [configMaps, leases];

const namespace = "default";
const keysEach = 6;
const now = () => performance.now();
const revisionOf = (object: KubeObject) => Number(object.metadata.resourceVersion);

export interface Load {
  /** All that was done; grows. */
  operations: Operation[];
  writes: number;
}

/** One client's work until `runs` says no, or its connection ends. */
export async function work(client: Client, id: number, random: Random, load: Load, runs: () => boolean): Promise<void> {
  for (let i = 0; runs(); i++) {
    const register = registers[Math.floor(random.next() * registers.length)]!;
    const name = `w${Math.floor(random.next() * keysEach)}`;
    const operation = await step(client, register, name, `${id}-${load.operations.length}-${i}`, random.next());
    for (const each of operation) load.operations.push({ client: id, ...each });
    load.writes += operation.filter(({ kind, outcome }) => kind !== "read" && outcome === "ok").length;
    if (operation.some(({ outcome }) => outcome === "unknown")) return;
  }
}

type Step = Omit<Operation, "client">;

/** A read, and what a client that read does next. */
async function step(client: Client, register: Register, name: string, value: string, chance: number): Promise<Step[]> {
  const api = client.resource(register.type);
  const key = `${register.type.resource}/${name}`;
  const timed = async (operation: Pick<Step, "key" | "kind"> & Partial<Step>, request: () => Promise<Partial<Step>>): Promise<Step> => {
    const invoked = now();
    try {
      const answer = await request();
      return { ...operation, ...answer, invoked, returned: now(), outcome: "ok" };
    } catch (error) {
      return { ...operation, invoked, returned: now(), outcome: error instanceof StatusError ? "refused" : "unknown" };
    }
  };
  let seen: KubeObject | undefined;
  const first = await timed({ key, kind: "read" }, async () => {
    seen = await api.get({ namespace, name }).catch((error: unknown) => {
      if (error instanceof StatusError && error.status.code === 404) return undefined;
      throw error;
    });
    return seen ? { value: register.of(seen), revision: revisionOf(seen) } : { value: undefined };
  });
  if (first.outcome !== "ok" || chance < 0.2) return [first];
  const object = seen;
  if (!object) {
    const made = { metadata: { name, namespace }, ...register.with(value) } as KubeObject;
    return [first, await timed({ key, kind: "write", value, basis: 0 }, async () => ({ revision: revisionOf(await api.create(made)) }))];
  }
  const { uid, resourceVersion } = object.metadata;
  if (chance < 0.35)
    return [
      first,
      await timed(
        { key, kind: "delete", uid },
        async () => (await api.delete({ namespace, name }, { preconditions: { uid, resourceVersion: resourceVersion! } }), {}),
      ),
    ];
  if (chance < 0.6)
    return [
      first,
      await timed({ key, kind: "write", value }, async () => ({
        revision: revisionOf(await api.patch({ namespace, name }, register.with(value), { type: "merge" })),
      })),
    ];
  const changed = { ...object, ...register.with(value) } as KubeObject;
  return [
    first,
    await timed({ key, kind: "write", value, basis: Number(resourceVersion) }, async () => ({ revision: revisionOf(await api.update(changed)) })),
  ];
}

/** Follows a resource over the deaths of the server, from the last revision that it was told. */
export class Follower {
  readonly told: Told[] = [];
  readonly #register: Register;
  #revision: string;
  #watch: Disposable | undefined;

  constructor(register: Register, revision: string) {
    this.#register = register;
    this.#revision = revision;
  }

  /** What was told goes at least up to here. */
  get revision(): number {
    return Number(this.#revision);
  }

  /** Goes on where it was. */
  follow(client: Client): void {
    this.#watch?.[Symbol.dispose]();
    const { resource, group, version } = this.#register.type;
    const path = `/${group ? `apis/${group}` : "api"}/${version}/namespaces/${namespace}/${resource}`;
    const query = { watch: true, resourceVersion: this.#revision, allowWatchBookmarks: true };
    this.#watch = client.transport.watch(
      { method: "GET", path, query },
      {
        onEvent: ({ type, object }) => {
          if (type === "ERROR") throw new Error(`the watch of ${resource} from ${this.#revision} was refused: ${JSON.stringify(object)}`);
          const { metadata } = object as KubeObject;
          this.#revision = metadata.resourceVersion!;
          // Controllers keep objects of their own there.
          if (type === "BOOKMARK" || !/^w\d$/.test(metadata.name)) return;
          const value = type === "DELETED" ? undefined : this.#register.of(object as KubeObject);
          this.told.push({ key: `${resource}/${metadata.name}`, revision: Number(metadata.resourceVersion), uid: metadata.uid, value });
        },
        onEnd: () => {},
      },
    );
  }

  stop(): void {
    this.#watch?.[Symbol.dispose]();
  }
}
