import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest } from "../request/statusErrors.ts";
import { exitStatus, failureStatus } from "../streaming/exitStatus.ts";
import type { WantedStreams } from "../streaming/remoteCommand.ts";
import type { Verb } from "../verbs/verbContext.ts";
import { booleanParameter } from "../verbs/queryOptions.ts";
import { admitConnect } from "./admitConnect.ts";
import { containerOf, nodeOf, podOf } from "./podTarget.ts";

const taken: Answer = { type: "taken" };

function wantedStreams({ query }: ApiCall, defaults: { stdout: boolean; stderr: boolean }): WantedStreams {
  const flag = (name: string, fallback = false) => booleanParameter(query, name) ?? fallback;
  return { stdin: flag("stdin"), stdout: flag("stdout", defaults.stdout), stderr: flag("stderr", defaults.stderr), tty: flag("tty") };
}

/** `pods/NAME/exec` over SPDY or WebSocket. */
export const exec: Verb = async (call, pods, context) => {
  const pod = podOf(call, pods);
  const target = containerOf(pod, call.query.get("container"));
  const command = call.query.getAll("command");
  if (!command.length) throw badRequest("you must specify at least 1 command for the container");
  const wanted = wantedStreams(call, { stdout: true, stderr: true });
  await admitConnect(call, pods, context, "PodExecOptions", { ...wanted, container: target.container, command });
  const node = await nodeOf(pod, context);
  const { acceptRemoteCommand } = await import("../streaming/remoteCommand.ts");
  const { streams, finish } = await acceptRemoteCommand(call, wanted);
  node.exec(target, { command, tty: wanted.tty }, streams).then(
    (code) => finish(exitStatus(code)),
    (error: unknown) => finish(failureStatus(error)),
  );
  return taken;
};

/** `pods/NAME/attach` over SPDY or WebSocket. */
export const attach: Verb = async (call, pods, context) => {
  const pod = podOf(call, pods);
  const target = containerOf(pod, call.query.get("container"));
  const wanted = wantedStreams(call, { stdout: true, stderr: true });
  await admitConnect(call, pods, context, "PodAttachOptions", { ...wanted, container: target.container });
  const node = await nodeOf(pod, context);
  const { acceptRemoteCommand } = await import("../streaming/remoteCommand.ts");
  const { streams, finish } = await acceptRemoteCommand(call, wanted);
  node.attach(target, { tty: wanted.tty }, streams).then(
    () => finish(exitStatus(0)),
    (error: unknown) => finish(failureStatus(error)),
  );
  return taken;
};
