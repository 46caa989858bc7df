import { isIP } from "node:net";
import type { IPAddress, ServiceCIDR } from "../../../shared/kubernetes/types.ts";
import { IPAddresses, ServiceCIDRs } from "../../api/resources.ts";
import { validateBlock } from "./addresses.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";

export const ipAddresses = kindStrategy<IPAddress>(IPAddresses, {
  name: (value) => (isIP(value) ? [] : ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]),
  validate({ spec }, problems, old) {
    const reference = spec?.parentRef;
    if (!reference) return problems.required("spec.parentRef");
    for (const field of ["resource", "name"] as const) if (!reference[field]) problems.required(`spec.parentRef.${field}`);
    if (old) problems.immutable("spec.parentRef", reference, old.spec?.parentRef);
  },
});

export const serviceCIDRs = kindStrategy<ServiceCIDR>(ServiceCIDRs, {
  name: subdomainName,
  status: true,
  validate({ spec }, problems, old) {
    const blocks = spec?.cidrs ?? [];
    if (blocks.length === 0) problems.required("spec.cidrs", "at least one CIDR required");
    blocks.forEach((block, i) => validateBlock(block, `spec.cidrs[${i}]`, problems));
    if (old) problems.immutable("spec.cidrs", blocks, old.spec?.cidrs);
  },
});
