import type * as T from "../../../shared/kubernetes/types.ts";
import { formatLabelSelector } from "../selectors.ts";
import { age, labelsCell, none, shortened, unset, type Printer } from "./cells.ts";

export const service: Printer<T.Service> = (object, now) => {
  const { metadata, spec } = object;
  const ports = (spec?.ports ?? []).map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ""}/${protocol ?? "TCP"}`).join(",");
  return [
    metadata.name,
    spec?.type ?? "",
    spec?.clusterIPs?.[0] ?? none,
    externalIP(object),
    ports || none,
    age(object, now),
    labelsCell(spec?.selector),
  ];
};

function externalIP({ spec, status }: T.Service): string {
  const external = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case "ClusterIP":
    case "NodePort":
      return external.join(",") || none;
    case "LoadBalancer":
      return [...loadBalancerAddresses(status?.loadBalancer?.ingress), ...external].join(",") || "<pending>";
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

const loadBalancerAddresses = (ingress: { ip?: string; hostname?: string }[] | undefined): string[] => [
  ...new Set(
    (ingress ?? [])
      .map(({ ip, hostname }) => ip || hostname || "")
      .filter(Boolean)
      .sort(),
  ),
];

export const endpoints: Printer<T.Endpoints> = (object, now) => {
  const addresses = (object.subsets ?? []).flatMap(({ addresses: list = [], ports }) => {
    if (!ports?.length) return list.map(({ ip }) => ip);
    return ports.flatMap(({ port }) => list.map(({ ip }) => `${ip.includes(":") ? `[${ip}]` : ip}:${port}`));
  });
  return [object.metadata.name, object.subsets?.length ? shortened(addresses, 3) : none, age(object, now)];
};

export const endpointSlice: Printer<T.EndpointSlice> = (object, now) => {
  const ports = (object.ports ?? []).map(({ port, name }) => String(port ?? name ?? "*"));
  const addresses = (object.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? []);
  return [object.metadata.name, object.addressType, shortened(ports, 3) || unset, shortened(addresses, 3) || unset, age(object, now)];
};

export const ingress: Printer<T.Ingress> = (object, now) => {
  const { metadata, spec, status } = object;
  const address = loadBalancerAddresses(status?.loadBalancer?.ingress).join(",");
  return [metadata.name, spec?.ingressClassName ?? none, hosts(spec?.rules ?? []), address, spec?.tls?.length ? "80, 443" : "80", age(object, now)];
};

/** Hosts of the rules up to the one at which three are shown. */
function hosts(rules: T.IngressRule[]): string {
  const shown: string[] = [];
  let more = false;
  for (const { host } of rules) {
    if (shown.length === 3) more = true;
    else if (host) shown.push(host);
  }
  if (!shown.length) return "*";
  return more ? `${shown.join(",")} + ${rules.length - 3} more...` : shown.join(",");
}

export const ingressClass: Printer<T.IngressClass> = (object, now) => {
  const { metadata, spec } = object;
  const isDefault = metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true";
  const parameters = spec?.parameters;
  const parametersCell = parameters
    ? `${parameters.kind}${parameters.apiGroup === undefined ? "" : `.${parameters.apiGroup}`}/${parameters.name}`
    : none;
  return [`${metadata.name}${isDefault ? " (default)" : ""}`, spec?.controller ?? "", parametersCell, age(object, now)];
};

export const networkPolicy: Printer<T.NetworkPolicy> = (object, now) => [
  object.metadata.name,
  formatLabelSelector(object.spec?.podSelector ?? {}),
  age(object, now),
];

export const serviceCIDR: Printer<T.ServiceCIDR> = (object, now) => [object.metadata.name, (object.spec?.cidrs ?? []).join(","), age(object, now)];

export const ipAddress: Printer<T.IPAddress> = (object) => {
  const parent = object.spec?.parentRef;
  const resource = parent && `${parent.resource}${parent.group ? `.${parent.group}` : ""}`.toLowerCase();
  return [object.metadata.name, parent ? [resource, parent.namespace, parent.name].filter(Boolean).join("/") : none];
};
