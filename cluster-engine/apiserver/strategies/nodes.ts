import type { Node } from "../../../shared/kubernetes/types.ts";
import { Nodes } from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { labelValueErrors, qualifiedName } from "../../api/names.ts";
import { subdomainName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";
import { sameValue } from "./problems.ts";

const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export const nodes = kindStrategy<Node>(Nodes, {
  name: subdomainName,
  status: true,
  defaults(node) {
    if (node.status?.capacity && !node.status.allocatable) node.status.allocatable = { ...node.status.capacity };
    // podCIDR and podCIDRs are one field under two names.
    const first = node.spec?.podCIDRs?.[0];
    if (node.spec?.podCIDR && node.spec.podCIDR !== first) node.spec.podCIDRs = [node.spec.podCIDR];
    else if (node.spec && first) node.spec.podCIDR = first;
  },
  validate: validateNode,
  validateUpdate(node, old, problems) {
    validateNode(node, problems);
    if (old.spec?.podCIDRs?.length && !sameValue(node.spec?.podCIDRs, old.spec.podCIDRs)) {
      problems.forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid');
    }
    if (old.spec?.providerID && node.spec?.providerID !== old.spec.providerID) {
      problems.forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid');
    }
  },
  strategy: { selectableFields: (node) => ({ "spec.unschedulable": String(node.spec?.unschedulable ?? false) }) },
});

// Kubelets register with their status: creation keeps it.
const { prepareForCreate } = nodes;
nodes.prepareForCreate = (node, context) => {
  const { status } = node;
  const done = prepareForCreate?.(node, context);
  if (status) node.status = status;
  return done;
};

function validateNode(node: Node, problems: Problems): void {
  const seen = new Set<string>();
  node.spec?.taints?.forEach((taint, i) => {
    const path = `metadata.taints[${i}]`;
    problems.invalidEach(`${path}.key`, taint.key, qualifiedName(taint.key));
    if (taint.value) problems.invalidEach(`${path}.value`, taint.value, labelValueErrors(taint.value));
    if (!taint.effect) problems.required(`${path}.effect`);
    else if (!taintEffects.includes(taint.effect)) problems.notSupported(`${path}.effect`, taint.effect, taintEffects);
    const identity = `${taint.key}/${taint.effect}`;
    if (seen.has(identity)) problems.duplicate(path, taint);
    seen.add(identity);
  });
}
