import { backoffDelay } from "../../base/backoff.ts";
import { sleep } from "../../base/clock.ts";
import type { RuntimeEvent } from "../types.ts";
import type { DockerContext } from "./engineTypes.ts";
import { label, labelFilter, type Labels } from "./labels.ts";

interface EngineEvent {
  Action: string;
  Actor: { ID: string; Attributes: Labels };
}

/** By the engines' names; `remove` is Podman's. */
const kinds: Record<string, RuntimeEvent["type"]> = { start: "started", die: "exited", destroy: "removed", remove: "removed", oom: "oom" };
const reconnect = { base: 200, max: 5_000 };

/**
 * Events of this cluster's containers until the signal fires; survives the engine's restart. `onEngineEvent` hears of each
 * before the consumer does (with no id when the connection was lost).
 */
export async function* events(context: DockerContext, signal: AbortSignal, onEngineEvent: (id?: string) => void): AsyncGenerator<RuntimeEvent> {
  let lost = false;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const source = await context.client.stream({
        path: "/events",
        query: { filters: { ...labelFilter({ [label.cluster]: context.clusterId }), type: ["container"], ...wantedActions(context) } },
        signal,
      });
      onEngineEvent();
      if (lost) yield { type: "restored" };
      lost = false;
      attempt = 0;
      for await (const event of parsed(source)) {
        onEngineEvent(event.Actor.ID);
        yield toRuntimeEvent(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      context.log.warn("events of the container engine ended", { error: (error as Error).message });
    }
    if (signal.aborted) return;
    if (!lost) yield { type: "lost" };
    lost = true;
    await sleep(context.clock, backoffDelay(attempt, reconnect), signal).catch(() => {});
  }
}

/** Spares us the events of every exec. Podman filters by other names than it sends: there we pick ourselves. */
const wantedActions = ({ isPodman }: DockerContext) => (isPodman ? {} : { event: Object.keys(kinds) });

async function* parsed(source: AsyncIterable<Buffer>): AsyncGenerator<EngineEvent> {
  let rest = "";
  for await (const chunk of source) {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (!line.trim()) continue;
      const event = JSON.parse(line) as EngineEvent;
      if (kinds[event.Action]) yield event;
    }
  }
}

function toRuntimeEvent({ Action, Actor }: EngineEvent): RuntimeEvent {
  const labels = Actor.Attributes;
  const isSandbox = labels[label.role] === "sandbox";
  const sandboxId = isSandbox ? Actor.ID : labels[label.sandbox];
  return {
    type: isSandbox ? "sandbox" : kinds[Action]!,
    ...(isSandbox ? {} : { containerId: Actor.ID }),
    ...(sandboxId ? { sandboxId } : {}),
    ...(labels[label.podUid] ? { podUid: labels[label.podUid] } : {}),
    ...(labels[label.node] ? { node: labels[label.node] } : {}),
  };
}
