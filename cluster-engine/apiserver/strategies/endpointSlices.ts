import { isIPv4, isIPv6 } from "node:net";
import type { DiscoveryV1EndpointPort, Endpoint, Endpoints, EndpointSlice, EndpointSubset } from "../../../shared/kubernetes/types.ts";
import { Endpoints as EndpointsType, EndpointSlices } from "../../api/resources.ts";
import { dns1123Label, dns1123Subdomain, labelValueErrors, portNumber, qualifiedName } from "../../api/names.ts";
import { validateAddress } from "./addresses.ts";
import { validateChoice } from "./containers.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";
import { sameValue } from "./problems.ts";
import { validateEndpointAddress } from "./serviceValidation.ts";

const addressTypes = ["FQDN", "IPv4", "IPv6"];
const protocols = ["SCTP", "TCP", "UDP"];
const mostEndpoints = 1000;
const mostAddresses = 100;
const mostPorts = 20_000;

export const endpointSlices = kindStrategy<EndpointSlice>(EndpointSlices, {
  name: subdomainName,
  generation: ["endpoints", "ports", "addressType"],
  defaults(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
  validate(slice, problems, old) {
    validateChoice(slice.addressType, addressTypes, "addressType", problems);
    validateSlicePorts(slice.ports ?? [], problems);
    if (!old || !sameValue(slice.endpoints, old.endpoints)) validateEndpointList(slice, problems);
    if (old) problems.immutable("addressType", slice.addressType, old.addressType);
  },
});

function validateSlicePorts(ports: DiscoveryV1EndpointPort[], problems: Problems): void {
  if (ports.length > mostPorts) return problems.tooMany("ports", ports.length, mostPorts);
  const names = new Set<string>();
  ports.forEach(({ name = "", protocol, appProtocol }, i) => {
    const path = `ports[${i}]`;
    if (name) problems.invalidEach(`${path}.name`, name, dns1123Label(name));
    if (names.has(name)) problems.duplicate(`${path}.name`, name);
    names.add(name);
    validateChoice(protocol, protocols, `${path}.protocol`, problems);
    if (appProtocol !== undefined) problems.invalidEach(`${path}.appProtocol`, appProtocol, qualifiedName(appProtocol));
  });
}

function validateEndpointList({ endpoints, addressType }: EndpointSlice, problems: Problems): void {
  if ((endpoints?.length ?? 0) > mostEndpoints) return problems.tooMany("endpoints", endpoints!.length, mostEndpoints);
  endpoints?.forEach((endpoint, i) => validateEndpoint(endpoint, addressType, `endpoints[${i}]`, problems));
}

function validateEndpoint(endpoint: Endpoint, type: string, path: string, problems: Problems): void {
  const addresses = endpoint.addresses ?? [];
  if (addresses.length === 0) problems.required(`${path}.addresses`, "must contain at least 1 address");
  else if (addresses.length > mostAddresses) problems.tooMany(`${path}.addresses`, addresses.length, mostAddresses);
  addresses.forEach((address, i) => {
    const field = `${path}.addresses[${i}]`;
    if (type === "FQDN")
      return problems.invalidEach(
        field,
        address,
        address.includes(".") ? dns1123Subdomain(address.replace(/\.$/, "")) : ["should be a domain with at least two segments separated by dots"],
      );
    const count = problems.list.length;
    validateAddress(address, field, problems);
    if (problems.list.length > count) return;
    if (type === "IPv4" && !isIPv4(address)) problems.invalid(`${path}.addresses`, address, "must be an IPv4 address");
    if (type === "IPv6" && !isIPv6(address)) problems.invalid(`${path}.addresses`, address, "must be an IPv6 address");
    validateEndpointAddress(address, field, problems);
  });
  if (endpoint.nodeName !== undefined) problems.invalidEach(`${path}.nodeName`, endpoint.nodeName, dns1123Subdomain(endpoint.nodeName));
  if (endpoint.hostname !== undefined) problems.invalidEach(`${path}.hostname`, endpoint.hostname, dns1123Label(endpoint.hostname));
  endpoint.hints?.forZones?.forEach(({ name }, i) => problems.invalidEach(`${path}.hints.forZones[${i}].name`, name, labelValueErrors(name)));
}

export const endpoints = kindStrategy<Endpoints>(EndpointsType, {
  name: subdomainName,
  defaults(object) {
    for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
  },
  validate(object, problems, old) {
    if (!old || !sameValue(object.subsets, old.subsets)) object.subsets?.forEach((subset, i) => validateSubset(subset, `subsets[${i}]`, problems));
  },
  strategy: { allowCreateOnUpdate: true },
});

function validateSubset({ addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset, path: string, problems: Problems): void {
  if (addresses.length + notReadyAddresses.length === 0) problems.required(path, "must specify `addresses` or `notReadyAddresses`");
  for (const [field, list] of [
    ["addresses", addresses],
    ["notReadyAddresses", notReadyAddresses],
  ] as const) {
    list.forEach(({ ip, hostname, nodeName }, i) => {
      const at = `${path}.${field}[${i}]`;
      validateAddress(ip, `${at}.ip`, problems);
      if (hostname) problems.invalidEach(`${at}.hostname`, hostname, dns1123Label(hostname));
      if (nodeName !== undefined) problems.invalidEach(`${at}.nodeName`, nodeName, dns1123Subdomain(nodeName));
      validateEndpointAddress(ip, `${at}.ip`, problems);
    });
  }
  ports.forEach(({ name, port, protocol, appProtocol }, i) => {
    const at = `${path}.ports[${i}]`;
    if (!name && ports.length > 1) problems.required(`${at}.name`);
    else if (name) problems.invalidEach(`${at}.name`, name, dns1123Label(name));
    problems.invalidEach(`${at}.port`, port, portNumber(port));
    validateChoice(protocol, protocols, `${at}.protocol`, problems);
    if (appProtocol !== undefined) problems.invalidEach(`${at}.appProtocol`, appProtocol, qualifiedName(appProtocol));
  });
}
