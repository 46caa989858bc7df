import type { DockerContext, InspectedContainer, ListedContainer } from "./engineTypes.ts";
import { isCode } from "./errors.ts";
import { label, labelFilter } from "./labels.ts";

/**
 * What the engine holds of this cluster. The engine's list tells states but no times or exit codes, so each container is
 * inspected, once per state: a cached answer stays true until an event or the list says otherwise.
 */
export class Inventory {
  readonly #context: DockerContext;
  readonly #inspected = new Map<string, InspectedContainer>();

  constructor(context: DockerContext) {
    this.#context = context;
  }

  /** Forgets what it knows of a container, or of all. Call on every event. */
  forget(id?: string): void {
    if (id) this.#inspected.delete(id);
    else this.#inspected.clear();
  }

  async inspect(id: string): Promise<InspectedContainer> {
    const inspected = await this.#context.client.call<InspectedContainer>({ path: `/containers/${id}/json` });
    this.#inspected.set(inspected.Id, inspected);
    return inspected;
  }

  /** The last known answer for `id`, or a fresh one. */
  async known(id: string): Promise<InspectedContainer> {
    return this.#inspected.get(id) ?? this.inspect(id);
  }

  /** Containers of this cluster with these labels, stopped ones too unless `running`. */
  async list(filter: {
    role: "sandbox" | "container" | "helper";
    node?: string | undefined;
    podUid?: string | undefined;
    sandboxId?: string | undefined;
    running?: boolean;
  }): Promise<InspectedContainer[]> {
    const listed = await this.names(filter);
    const inspected = await Promise.all(listed.map((container) => this.#current(container)));
    return inspected.filter((container) => container !== undefined);
  }

  /** The plain list: no inspection. */
  async names(filter: {
    role?: string;
    node?: string | undefined;
    podUid?: string | undefined;
    sandboxId?: string | undefined;
    running?: boolean;
  }): Promise<ListedContainer[]> {
    const labels = {
      [label.cluster]: this.#context.clusterId,
      [label.role]: filter.role,
      [label.node]: filter.node,
      [label.podUid]: filter.podUid,
      [label.sandbox]: filter.sandboxId,
    };
    return this.#context.client.call<ListedContainer[]>({
      path: "/containers/json",
      query: { all: !filter.running, filters: labelFilter(labels as Record<string, string>) },
    });
  }

  async #current(listed: ListedContainer): Promise<InspectedContainer | undefined> {
    const cached = this.#inspected.get(listed.Id);
    if (cached && cached.State.Status === listed.State) return cached;
    try {
      return await this.inspect(listed.Id);
    } catch (error) {
      if (isCode(error, "NotFound")) return undefined;
      throw error;
    }
  }
}
