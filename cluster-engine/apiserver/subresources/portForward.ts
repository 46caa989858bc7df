import { badRequest } from "../request/statusErrors.ts";
import { acceptSpdy, acceptWebSocket, upgradeKind } from "../streaming/upgrade.ts";
import type { Verb } from "../verbs/verbContext.ts";
import { admitConnect } from "./admitConnect.ts";
import { nodeOf, podOf } from "./podTarget.ts";

const spdyProtocol = "portforward.k8s.io";
const tunnelProtocol = "SPDY/3.1+portforward.k8s.io";
const channelProtocol = "v4.channel.k8s.io";

/** `pods/NAME/portforward`: over SPDY, SPDY inside a WebSocket, or WebSocket channels. */
export const portForward: Verb = async (call, pods, context) => {
  const pod = podOf(call, pods);
  await admitConnect(call, pods, context, "PodPortForwardOptions", { ports: call.query.getAll("ports").map(Number) });
  const node = await nodeOf(pod, context);
  const target = { namespace: pod.metadata.namespace ?? "", pod: pod.metadata.name };
  const dial = (port: number) => node.portForward(target, port);
  const kind = upgradeKind(call);
  const { forwardOverChannels, forwardOverSpdy } = await import("../streaming/portForward.ts");
  if (kind === "spdy") {
    const { socket, head } = acceptSpdy(call, [spdyProtocol]);
    forwardOverSpdy(socket, head, dial);
    return { type: "taken" };
  }
  const ports = call.query
    .getAll("ports")
    .flatMap((text) => text.split(","))
    .map(Number);
  const { socket, protocol } = await acceptWebSocket(call, [tunnelProtocol, channelProtocol]);
  if (protocol === tunnelProtocol) {
    const { createWebSocketStream } = await import("ws");
    forwardOverSpdy(createWebSocketStream(socket), Buffer.alloc(0), dial);
  } else if (ports.length && ports.every((port) => port > 0 && port < 65536)) forwardOverChannels(socket, ports, dial);
  else socket.close(1008, badRequest('query parameter "ports" is required').message);
  return { type: "taken" };
};
