import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "../../../shared/kubernetes/types.ts";
import { NetworkPolicies } from "../../api/resources.ts";
import { portName, portNumber } from "../../api/names.ts";
import { isStrictSubset, parseBlock, validateBlock } from "./addresses.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { validateLabelSelector } from "./labelSelectors.ts";
import { subdomainName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";

const protocols = ["TCP", "UDP", "SCTP"];
const policyTypes = ["Ingress", "Egress"];

export const networkPolicies = kindStrategy<NetworkPolicy>(NetworkPolicies, {
  name: subdomainName,
  generation: ["spec"],
  defaults(policy) {
    const spec = policy.spec!;
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"];
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= "TCP";
  },
  validate({ spec }, problems) {
    validateLabelSelector(spec!.podSelector, "spec.podSelector", problems);
    spec!.ingress?.forEach((rule, i) => validateRule(rule.ports, rule.from, `spec.ingress[${i}]`, "from", problems));
    spec!.egress?.forEach((rule, i) => validateRule(rule.ports, rule.to, `spec.egress[${i}]`, "to", problems));
    const types = spec!.policyTypes ?? [];
    if (types.length > policyTypes.length) return problems.invalid("spec.policyTypes", types, "may not specify more than two policyTypes");
    types.forEach((type, i) => {
      if (!policyTypes.includes(type)) problems.notSupported(`spec.policyTypes[${i}]`, type, policyTypes);
    });
  },
});

function validateRule(
  ports: NetworkPolicyPort[] | undefined,
  peers: NetworkPolicyPeer[] | undefined,
  path: string,
  peerField: string,
  problems: Problems,
): void {
  ports?.forEach((port, i) => validatePort(port, `${path}.ports[${i}]`, problems));
  peers?.forEach((peer, i) => validatePeer(peer, `${path}.${peerField}[${i}]`, problems));
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string, problems: Problems): void {
  if (protocol !== undefined && !protocols.includes(protocol)) problems.notSupported(`${path}.protocol`, protocol, protocols);
  if (typeof port === "number") {
    problems.invalidEach(`${path}.port`, port, portNumber(port));
    if (endPort === undefined) return;
    if (endPort < port) problems.invalid(`${path}.endPort`, port, "must be greater than or equal to `port`");
    problems.invalidEach(`${path}.endPort`, endPort, portNumber(endPort));
  } else if (port !== undefined) {
    if (endPort !== undefined) problems.invalid(`${path}.endPort`, endPort, "may not be specified when `port` is non-numeric");
    problems.invalidEach(`${path}.port`, port, portName(port));
  } else if (endPort !== undefined) problems.invalid(`${path}.endPort`, endPort, "may not be specified when `port` is not specified");
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: string, problems: Problems): void {
  validateLabelSelector(podSelector, `${path}.podSelector`, problems);
  validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, problems);
  if (ipBlock) validateIpBlock(ipBlock, `${path}.ipBlock`, problems);
  if (!podSelector && !namespaceSelector && !ipBlock) problems.required(path, "must specify a peer");
  else if (ipBlock && (podSelector || namespaceSelector)) problems.forbidden(path, "may not specify both ipBlock and another peer");
}

function validateIpBlock({ cidr, except }: IPBlock, path: string, problems: Problems): void {
  if (!cidr) return problems.required(`${path}.cidr`);
  validateBlock(cidr, `${path}.cidr`, problems);
  if (!parseBlock(cidr)) return;
  except?.forEach((block, i) => {
    const field = `${path}.except[${i}]`;
    validateBlock(block, field, problems);
    if (parseBlock(block) && !isStrictSubset(block, cidr)) problems.invalid(field, block, "must be a strict subset of `cidr`");
  });
}
