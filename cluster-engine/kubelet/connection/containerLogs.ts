import { Readable } from "node:stream";
import type { ContainerTarget } from "../../api/nodeConnection.ts";
import type { PodLogOptions } from "../../api/podLogOptions.ts";
import { StatusError } from "../../api/statusError.ts";
import type { ContainerStatus as ApiContainerStatus, Pod } from "../../../shared/kubernetes/types.ts";
import type { ContainerRuntime, LogLine } from "../../runtime/types.ts";

const badRequest = (message: string): StatusError => new StatusError(400, "BadRequest", message);

/** The runtime's id of the container whose log is meant. @throws StatusError with the kubelet's message */
export function logContainerId(pod: Pod, target: ContainerTarget, previous: boolean): string {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(({ name }) => name === target.container);
  if (!status) throw badRequest(`container "${target.container}" in pod "${target.pod}" is not available`);
  const id = previous ? status.lastState?.terminated?.containerID : currentId(status, target);
  if (!id) throw badRequest(`previous terminated container "${target.container}" in pod "${target.pod}" not found`);
  return id.slice(id.indexOf("://") + 3);
}

function currentId({ state, lastState, containerID }: ApiContainerStatus, target: ContainerTarget): string {
  if (state?.running) return containerID!;
  if (state?.terminated?.containerID) return state.terminated.containerID;
  if (lastState?.terminated?.containerID) return lastState.terminated.containerID;
  const reason = state?.waiting?.reason;
  const why =
    reason === "ErrImagePull"
      ? "image can't be pulled"
      : reason === "ImagePullBackOff"
        ? "trying and failing to pull image"
        : (reason ?? "ContainerCreating");
  throw badRequest(`container "${target.container}" in pod "${target.pod}" is waiting to start: ${why}`);
}

/** The bytes that `kubectl logs` prints. */
export function logStream(runtime: ContainerRuntime, id: string, options: PodLogOptions, now: number): Readable {
  const abort = new AbortController();
  const stream = Readable.from(chunks(runtime, id, options, now, abort.signal), { objectMode: false });
  stream.on("close", () => abort.abort());
  return stream;
}

async function* chunks(runtime: ContainerRuntime, id: string, options: PodLogOptions, now: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { follow = false, tailLines, limitBytes, stream } = options;
  const since = options.sinceTime ? Date.parse(options.sinceTime) : options.sinceSeconds ? now - options.sinceSeconds * 1000 : undefined;
  const wanted = stream === "Stdout" ? "stdout" : stream === "Stderr" ? "stderr" : undefined;
  // Of one stream alone the runtime can't count lines.
  const lines = runtime.logs(id, {
    follow,
    ...(tailLines === undefined || wanted ? {} : { tailLines }),
    ...(since === undefined ? {} : { since }),
    signal,
  });
  let left = limitBytes ?? Number.POSITIVE_INFINITY;
  let continued = false;
  for await (const line of lines) {
    if (wanted && line.stream !== wanted) continue;
    const bytes = format(line, Boolean(options.timestamps) && !continued);
    continued = line.partial;
    yield bytes.length > left ? bytes.subarray(0, left) : bytes;
    left -= bytes.length;
    if (left <= 0) return;
  }
}

function format({ time, content, partial }: LogLine, timestamps: boolean): Buffer {
  const parts = [...(timestamps ? [Buffer.from(`${time} `)] : []), content, ...(partial ? [] : [newline])];
  return Buffer.concat(parts);
}

const newline = Buffer.from("\n");
