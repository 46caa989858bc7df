import type { ConfigMap } from "../../../shared/kubernetes/types.ts";
import { ConfigMaps } from "../../api/resources.ts";
import { resourcePath } from "../../api/resourceType.ts";
import { hasReason } from "../../api/statusError.ts";
import type { Clock } from "../../base/clock.ts";
import { Disposables } from "../../base/disposal.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { createClient } from "../../client/client.ts";
import { createInformers } from "../../client/informers.ts";
import type { ApiRequest, Transport } from "../../client/types.ts";
import type { MachineState } from "../types.ts";
import type { SimulatedMachines } from "./machines.ts";

const key = { namespace: "kube-system", name: "simulated-cloud" };
const states: readonly string[] = ["running", "stopped", "terminated"] satisfies MachineState[];

export interface ConsoleOptions {
  transport: Transport;
  machines: SimulatedMachines;
  clock: Clock;
  random: Random;
  log: Log;
}

/**
 * The simulated cloud's console: a ConfigMap with a line for each machine. Whoever writes `stopped`, `terminated` or
 * `running` there makes it so.
 */
export function runConsole({ transport, machines, clock, random, log }: ConsoleOptions): Disposable {
  const running = new Disposables();
  const configMaps = createClient(transport).resource(ConfigMaps);
  const informers = running.add(createInformers({ client: createClient(onlyConsole(transport)), clock, random, log }));
  /** Revisions of our own writes: what they tell is no order. */
  const own = new Set<string>();
  let last = Promise.resolve();
  const show = (name: string, state: MachineState) => {
    last = last.then(() => write({ [name]: state })).catch((error: unknown) => log.warn("console not written", { error: String(error) }));
  };
  async function write(data: Record<string, string>): Promise<void> {
    try {
      own.add((await configMaps.patch(key, { data }, { type: "merge" })).metadata.resourceVersion);
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      await configMaps.create({ metadata: key, data });
    }
  }
  const obey = ({ metadata, data = {} }: ConfigMap, old: ConfigMap) => {
    if (own.delete(metadata.resourceVersion)) return;
    for (const [name, state] of Object.entries(data))
      if (state !== old.data?.[name] && states.includes(state) && machines.states.has(name) && machines.states.get(name) !== "pending")
        machines
          .setState(name, state as MachineState)
          .catch((error: unknown) => log.warn("machine does not obey", { machine: name, state, error: String(error) }));
  };
  running.add(informers.of(ConfigMaps).handle({ onUpdate: (now, old) => void (last = last.then(() => obey(now, old))) }));
  running.add(machines.onChange(show));
  for (const [name, state] of machines.states) if (state !== "pending") show(name, state);
  return running;
}

/** Lists and watches see the console alone. */
function onlyConsole(transport: Transport): Transport {
  const narrowed = (request: ApiRequest): ApiRequest => ({
    ...request,
    path: resourcePath(ConfigMaps, { namespace: key.namespace }),
    query: { ...request.query, fieldSelector: `metadata.name=${key.name}` },
  });
  return { send: (request) => transport.send(narrowed(request)), watch: (request, sink) => transport.watch(narrowed(request), sink) };
}
