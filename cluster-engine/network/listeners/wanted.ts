import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Service, ServicePort } from "../../../shared/kubernetes/types.ts";
import { isProxied } from "../rules/endpoints.ts";

export type ListenerProtocol = "tcp" | "udp";

/** A port of 127.0.0.1 that leads to a Service. */
export interface WantedListener {
  protocol: ListenerProtocol;
  port: number;
  /** `namespace/name` */
  service: string;
  servicePort: ServicePort;
  kind: "node port" | "load balancer port";
}

export const listenerKey = ({ protocol, port }: Pick<WantedListener, "protocol" | "port">): string => `${protocol}/${port}`;

/** The ports of this machine that one Service is reached at: its node ports, and its own ports when it is a LoadBalancer. */
export function wantedListeners(service: Service): WantedListener[] {
  const type = service.spec?.type;
  if (!isProxied(service) || (type !== "NodePort" && type !== "LoadBalancer")) return [];
  const key = keyOf(service.metadata);
  return (service.spec?.ports ?? []).flatMap((servicePort): WantedListener[] => {
    const protocol = (servicePort.protocol ?? "TCP").toLowerCase();
    if (protocol !== "tcp" && protocol !== "udp") return [];
    const nodePort: WantedListener[] = servicePort.nodePort
      ? [{ protocol, port: servicePort.nodePort, service: key, servicePort, kind: "node port" }]
      : [];
    const own: WantedListener[] =
      type === "LoadBalancer" ? [{ protocol, port: servicePort.port, service: key, servicePort, kind: "load balancer port" }] : [];
    return [...nodePort, ...own];
  });
}

/** What to tell the user when a port can't be opened. `code` is that of the system's error. */
export function listenProblem(wanted: WantedListener, code: string | undefined, message: string): string {
  const where = `${wanted.kind} ${wanted.port}/${wanted.protocol.toUpperCase()} on 127.0.0.1`;
  const instead =
    wanted.servicePort.nodePort && wanted.kind !== "node port"
      ? `; the Service is reached at 127.0.0.1:${wanted.servicePort.nodePort} meanwhile`
      : "";
  if (code === "EADDRINUSE") return `The ${where} is taken by another program${instead}. Trying again until it is free`;
  if (code === "EACCES") return `The ${where} can't be opened: ports below 1024 need more rights on this machine${instead}`;
  return `The ${where} can't be opened: ${message}${instead}`;
}
