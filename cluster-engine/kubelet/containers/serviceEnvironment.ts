import type { Service } from "../../../shared/kubernetes/types.ts";

const variableName = (text: string): string => text.toUpperCase().replaceAll("-", "_");

/** The master Services that every namespace sees. */
const everywhere = new Set(["kubernetes"]);

/** https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables, as pairs in order. */
export function serviceEnvironment(services: Service[], namespace: string, enableServiceLinks: boolean): [string, string][] {
  const visible = services
    .filter(({ spec }) => spec?.clusterIP && spec.clusterIP !== "None")
    .filter(
      ({ metadata }) =>
        (metadata.namespace === "default" && everywhere.has(metadata.name)) || (enableServiceLinks && metadata.namespace === namespace),
    )
    // One from the pod's own namespace hides another of the same name.
    .toSorted((a, b) => Number(a.metadata.namespace === namespace) - Number(b.metadata.namespace === namespace));
  return visible.flatMap(variablesOf);
}

function variablesOf({ metadata, spec }: Service): [string, string][] {
  const prefix = variableName(metadata.name);
  const address = spec!.clusterIP!;
  const ports = spec!.ports ?? [];
  const pairs: [string, string][] = [[`${prefix}_SERVICE_HOST`, address]];
  if (ports[0]) pairs.push([`${prefix}_SERVICE_PORT`, String(ports[0].port)]);
  for (const { name, port } of ports) if (name) pairs.push([`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port)]);
  ports.forEach(({ port, protocol = "TCP" }, index) => {
    const scheme = protocol.toLowerCase();
    const url = `${scheme}://${address.includes(":") ? `[${address}]` : address}:${port}`;
    if (index === 0) pairs.push([`${prefix}_PORT`, url]);
    const own = `${prefix}_PORT_${port}_${protocol}`;
    pairs.push([own, url], [`${own}_PROTO`, scheme], [`${own}_PORT`, String(port)], [`${own}_ADDR`, address]);
  });
  return pairs;
}
