import type { Readable } from "node:stream";
import type { FieldError } from "../../api/fieldError.ts";
import type { PodLogOptions } from "../../api/podLogOptions.ts";
import { invalid } from "../../api/validationErrors.ts";
import { text, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import type { Verb } from "../verbs/verbContext.ts";
import { booleanParameter, integerParameter } from "../verbs/queryOptions.ts";
import { acceptWebSocket, upgradeKind } from "../streaming/upgrade.ts";
import { containerOf, nodeOf, podOf } from "./podTarget.ts";

/** GET of `pods/NAME/log`. */
export const log: Verb = async (call, pods, context): Promise<Answer> => {
  const options = parseLogOptions(call);
  const pod = podOf(call, pods);
  const target = containerOf(pod, call.query.get("container"));
  if (!pod.spec?.nodeName) return text("");
  const body = await (await nodeOf(pod, context)).logs(target, options);
  if (call.upgrade && upgradeKind(call) === "websocket") return sendOverWebSocket(call, body);
  return { type: "stream", code: 200, body, headers: { "content-type": "text/plain" } };
};

const base64Protocol = "base64.binary.k8s.io";

/** The stream as messages of a WebSocket, for clients in browsers. */
async function sendOverWebSocket(call: ApiCall, body: Readable): Promise<Answer> {
  const { socket, protocol } = await acceptWebSocket(call, ["binary.k8s.io", base64Protocol]);
  socket.on("error", () => socket.terminate());
  socket.on("close", () => body.destroy());
  body.on("error", () => socket.close(1011));
  body.on("end", () => socket.close(1000));
  body.on("data", (chunk: Buffer) => {
    body.pause();
    socket.send(protocol === base64Protocol ? Buffer.from(chunk).toString("base64") : Buffer.from(chunk), () => body.resume());
  });
  return { type: "taken" };
}

/** @throws BadRequest, Invalid */
function parseLogOptions({ query }: ApiCall): PodLogOptions {
  const options: PodLogOptions = {};
  for (const name of ["follow", "previous", "timestamps"] as const) {
    const value = booleanParameter(query, name);
    if (value !== undefined) options[name] = value;
  }
  for (const name of ["sinceSeconds", "tailLines", "limitBytes"] as const) {
    const value = integerParameter(query, name);
    if (value !== undefined) options[name] = value;
  }
  for (const name of ["sinceTime", "stream"] as const) {
    const value = query.get(name);
    if (value) options[name] = value;
  }
  const errors = problems(options);
  if (errors.length) throw invalid({ group: "", kind: "PodLogOptions" }, "", errors);
  return options;
}

function problems({ tailLines, limitBytes, sinceSeconds, sinceTime, stream }: PodLogOptions): FieldError[] {
  const errors: FieldError[] = [];
  const add = (field: string, value: unknown, detail: string) => errors.push({ type: "Invalid", field, value, detail });
  if (tailLines !== undefined && tailLines < 0) add("tailLines", tailLines, "must be greater than or equal to 0");
  if (limitBytes !== undefined && limitBytes < 1) add("limitBytes", limitBytes, "must be greater than 0");
  if (sinceSeconds !== undefined && sinceTime)
    errors.push({ type: "Forbidden", field: "", detail: "at most one of `sinceTime` or `sinceSeconds` may be specified" });
  else if (sinceSeconds !== undefined && sinceSeconds < 1) add("sinceSeconds", sinceSeconds, "must be greater than 0");
  if (stream && !["All", "Stdout", "Stderr"].includes(stream))
    errors.push({ type: "NotSupported", field: "stream", value: stream, supported: ["All", "Stderr", "Stdout"] });
  if (stream && stream !== "All" && tailLines !== undefined)
    errors.push({ type: "Forbidden", field: "", detail: "`tailLines` and specific `stream` are mutually exclusive for now" });
  return errors;
}
