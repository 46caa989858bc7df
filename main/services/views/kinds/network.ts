import type { EndpointSlice, Ingress, Service } from "../../../../shared/kubernetes/types.ts";
import { serviceUrl } from "../../services/serviceUrl.ts";
import { column, list, status, statusColumn, text, type KindView } from "../kindView.ts";

const externalOf = ({ spec, status: current }: Service): string[] => {
  if (spec?.type === "ExternalName") return [spec.externalName ?? ""];
  return [...(current?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => hostname ?? ip ?? ""), ...(spec?.externalIPs ?? [])];
};

const endpointsOf = (slices: EndpointSlice[]) => {
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  return { ready: endpoints.filter(({ conditions }) => conditions?.ready !== false).length, total: endpoints.length };
};

/** `local`: node ports of the cluster are reached on this machine. */
export const services = (local: boolean): KindView => ({
  columns: [
    statusColumn,
    text("type", "Type"),
    text("clusterIP", "Cluster IP"),
    column("external", "External", "list"),
    column("ports", "Ports", "list"),
    column("endpoints", "Endpoints", "ratio"),
    column("open", "Open", "link"),
    text("selector", "Selector", { extra: true }),
  ],
  joins: ["endpointslices"],
  joined: ["status", "endpoints"],
  row(object, relations) {
    const service = object as Service;
    const { spec } = service;
    const { ready, total } = endpointsOf(relations.slicesOf(service));
    const selects = Object.keys(spec?.selector ?? {}).length > 0 && spec?.type !== "ExternalName";
    const waiting = spec?.type === "LoadBalancer" && externalOf(service).length === 0;
    const shown =
      selects && ready === 0
        ? { class: "failed" as const, text: "No endpoints" }
        : waiting
          ? { class: "pending" as const, text: "Waiting for an address" }
          : { class: "running" as const, text: "Active" };
    const url = serviceUrl(service, local ? "127.0.0.1" : undefined);
    return {
      status: shown.class,
      facts: url ? { url } : {},
      cells: {
        status: status(shown.class, shown.text),
        type: spec?.type ?? "ClusterIP",
        clusterIP: spec?.clusterIP ?? null,
        external: list(externalOf(service)),
        ports: list(
          (spec?.ports ?? []).map(
            ({ port, nodePort, targetPort, protocol }) =>
              `${port}${nodePort ? `:${nodePort}` : ""}/${protocol ?? "TCP"}${targetPort !== undefined && targetPort !== port ? ` → ${targetPort}` : ""}`,
          ),
        ),
        endpoints: selects ? { kind: "ratio", value: ready, of: total } : null,
        open: url ? { kind: "link", url, text: url.replace(/^https?:\/\//, "") } : null,
        selector: Object.entries(spec?.selector ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .join(","),
      },
    };
  },
});

export const ingresses: KindView = {
  columns: [
    text("class", "Class"),
    column("hosts", "Hosts", "list"),
    column("paths", "Paths", "list"),
    column("address", "Address", "list"),
    column("tls", "TLS", "list"),
  ],
  joins: [],
  row(object) {
    const { spec, status: current } = object as Ingress;
    const rules = spec?.rules ?? [];
    return {
      cells: {
        class: spec?.ingressClassName ?? null,
        hosts: list(rules.map(({ host }) => host ?? "*")),
        paths: list(
          rules.flatMap(({ http }) =>
            (http?.paths ?? []).map(({ path, backend }) => `${path ?? "/"} → ${backend.service?.name ?? backend.resource?.name ?? ""}`),
          ),
        ),
        address: list((current?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => hostname ?? ip ?? "")),
        tls: list((spec?.tls ?? []).flatMap(({ hosts }) => hosts ?? [])),
      },
    };
  },
};
