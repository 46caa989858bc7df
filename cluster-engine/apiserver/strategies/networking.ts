import type { Ingress, IngressClass, IPAddress, NetworkPolicy, ServiceCIDR } from "../../../shared/kubernetes/types.ts";
import * as R from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";

export const ingresses = kindStrategy<Ingress>(R.Ingresses, { name: subdomainName, status: true, generation: ["spec"] });

export const ingressClasses = kindStrategy<IngressClass>(R.IngressClasses, {
  name: subdomainName,
  generation: ["spec"],
  defaults({ spec }) {
    if (spec?.parameters) spec.parameters.scope ??= "Cluster";
  },
});

export const networkPolicies = kindStrategy<NetworkPolicy>(R.NetworkPolicies, {
  name: subdomainName,
  generation: ["spec"],
  defaults(policy) {
    const spec = policy.spec!;
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"];
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= "TCP";
  },
});

export const ipAddresses = kindStrategy<IPAddress>(R.IPAddresses, { name: () => [] });
export const serviceCIDRs = kindStrategy<ServiceCIDR>(R.ServiceCIDRs, { name: subdomainName, status: true });
