import { isIPv4 } from "node:net";
import type { EndpointSlice, Service } from "../../../shared/kubernetes/types.ts";
import { isHeadless } from "../rules/endpoints.ts";
import type { Records, RecordSet } from "./types.ts";

// Names of Services as the DNS-Based Service Discovery specification (schema 1.1.0) gives them.

/** The records of one Service. `domain` is the cluster's: `cluster.local`. */
export function serviceRecords(service: Service, slices: EndpointSlice[], domain: string): Records {
  const name = `${service.metadata.name}.${service.metadata.namespace}.svc.${domain}`;
  const { spec } = service;
  if (spec?.type === "ExternalName") return spec.externalName ? { [name]: { cname: withoutDot(spec.externalName.toLowerCase()) } } : {};
  return isHeadless(service) ? headlessRecords(name, slices) : clusterIPRecords(name, service);
}

/** What every cluster answers besides its Services. */
export const fixedRecords = (domain: string): Records => ({ [`dns-version.${domain}`]: { txt: "1.1.0" } });

function clusterIPRecords(name: string, { spec }: Service): Records {
  const addresses = (spec?.clusterIPs ?? [spec?.clusterIP ?? ""]).filter(isIPv4);
  if (addresses.length === 0) return {};
  const records: Records = { [name]: { a: addresses } };
  for (const port of spec?.ports ?? []) {
    if (port.name) set(records, serviceName(port.name, port.protocol, name)).srv = [{ port: port.port, target: name }];
  }
  for (const address of addresses) records[reverseName(address)] = { ptr: [name] };
  return records;
}

function headlessRecords(name: string, slices: EndpointSlice[]): Records {
  const records: Records = { [name]: { a: [] } };
  for (const slice of slices.filter((each) => each.addressType === "IPv4")) {
    for (const endpoint of slice.endpoints ?? []) {
      const address = endpoint.addresses[0];
      if (address && isIPv4(address) && endpoint.conditions?.ready !== false) addEndpoint(records, name, slice, address, endpoint.hostname);
    }
  }
  return records;
}

function addEndpoint(records: Records, name: string, slice: EndpointSlice, address: string, hostname?: string): void {
  const target = `${hostname || address.replaceAll(".", "-")}.${name}`.toLowerCase();
  push(set(records, name), "a", address);
  push(set(records, target), "a", address);
  push(set(records, reverseName(address)), "ptr", target);
  for (const { name: portName, port, protocol } of slice.ports ?? []) {
    if (!portName || !port) continue;
    const srv = (set(records, serviceName(portName, protocol, name)).srv ??= []);
    if (!srv.some((each) => each.port === port && each.target === target)) srv.push({ port, target });
  }
}

const set = (records: Records, name: string): RecordSet => (records[name] ??= {});

function push(record: RecordSet, type: "a" | "ptr", value: string): void {
  const values = (record[type] ??= []);
  if (!values.includes(value)) values.push(value);
}

const serviceName = (port: string, protocol: string | undefined, name: string): string => `_${port}._${protocol ?? "TCP"}.${name}`.toLowerCase();

export const reverseName = (address: string): string => `${address.split(".").reverse().join(".")}.in-addr.arpa`;

const withoutDot = (name: string): string => (name.endsWith(".") ? name.slice(0, -1) : name);
