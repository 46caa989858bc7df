import type { Service, ServicePort } from "../../../shared/kubernetes/types.ts";

/** The port that a browser would want: the named one, else one that speaks HTTP by name or number, else the first. */
export function portToOpen({ spec }: Service, wanted?: string): ServicePort | undefined {
  const ports = spec?.ports ?? [];
  if (wanted !== undefined) return ports.find(({ name, port }) => name === wanted || String(port) === wanted);
  const speaksHttp = ({ name = "", port, appProtocol = "" }: ServicePort) =>
    /^(http|web|ui)/.test(name) || appProtocol.startsWith("http") || [80, 443, 8080, 8443, 3000].includes(port);
  return ports.find(speaksHttp) ?? ports[0];
}

/** Where a Service answers outside of its cluster; undefined when nowhere. `host` is where node ports of the cluster are reached. */
export function serviceUrl(service: Service, host: string | undefined, wanted?: string): string | undefined {
  const port = portToOpen(service, wanted);
  if (!port) return undefined;
  const [ingress] = service.status?.loadBalancer?.ingress ?? [];
  const address = ingress?.hostname ?? ingress?.ip;
  const scheme = port.port === 443 || port.port === 8443 || /https/.test(port.name ?? "") || port.appProtocol === "https" ? "https" : "http";
  if (service.spec?.type === "LoadBalancer" && address) return url(scheme, address, port.port);
  return port.nodePort && host ? url(scheme, host, port.nodePort) : undefined;
}

function url(scheme: "http" | "https", host: string, port: number): string {
  const usual = (scheme === "http" && port === 80) || (scheme === "https" && port === 443);
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}${usual ? "" : `:${port}`}`;
}
