import type { Namespace } from "../../../shared/kubernetes/types.ts";
import { Namespaces } from "../../api/resources.ts";
import { rfc3339 } from "../../base/clock.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { qualifiedName } from "../../api/names.ts";
import { labelName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";

const nameLabel = "kubernetes.io/metadata.name";
const securityLevels = ["privileged", "baseline", "restricted"];

export const namespaces = kindStrategy<Namespace>(Namespaces, {
  name: labelName,
  status: true,
  defaults(namespace) {
    if (namespace.metadata.name) (namespace.metadata.labels ??= {})[nameLabel] = namespace.metadata.name;
    (namespace.status ??= {}).phase ||= "Active";
  },
  prepareForCreate(namespace) {
    namespace.status = { phase: "Active" };
    const finalizers = ((namespace.spec ??= {}).finalizers ??= []);
    if (!finalizers.includes("kubernetes")) finalizers.push("kubernetes");
    if (namespace.metadata.name) (namespace.metadata.labels ??= {})[nameLabel] = namespace.metadata.name;
  },
  prepareForUpdate(namespace, old) {
    namespace.spec = { ...namespace.spec, finalizers: old.spec?.finalizers };
    if (!namespace.spec.finalizers?.length) delete namespace.spec.finalizers;
  },
  validate(namespace, problems) {
    for (const finalizer of namespace.spec?.finalizers ?? []) validateFinalizer(finalizer, problems);
    validateSecurityLabels(namespace, problems);
  },
  validateUpdate: (namespace, _old, problems) => validateSecurityLabels(namespace, problems),
  validateStatusUpdate(namespace, _old, problems) {
    const phase = namespace.status?.phase;
    if (!namespace.metadata.deletionTimestamp) {
      if (phase !== "Active") problems.invalid("status.Phase", phase ?? "", "may only be 'Active' if `deletionTimestamp` is empty");
    } else if (phase !== "Terminating")
      problems.invalid("status.Phase", phase ?? "", "may only be 'Terminating' if `deletionTimestamp` is not empty");
  },
  strategy: {
    selectableFields: (namespace) => ({ "status.phase": namespace.status?.phase ?? "", name: namespace.metadata.name }),
    beginDeletion(namespace, _options, context) {
      namespace.metadata.deletionTimestamp ??= rfc3339(context.clock.now());
      namespace.status = { ...namespace.status, phase: "Terminating" };
    },
  },
});

namespaces.subresources!.finalize = {
  prepareForUpdate(namespace, old) {
    namespace.status = old.status;
    if (old.metadata.generation === undefined) delete namespace.metadata.generation;
  },
};

/** True while something in spec.finalizers still holds a namespace that is being deleted. */
export const isHeldByFinalizers = (namespace: Namespace): boolean => (namespace.spec?.finalizers?.length ?? 0) > 0;

function validateFinalizer(finalizer: string, problems: Problems): void {
  problems.invalidEach("spec.finalizers", finalizer, qualifiedName(finalizer));
  if (!finalizer.includes("/") && finalizer !== "kubernetes") {
    problems.invalid("spec.finalizers", finalizer, "name is neither a standard finalizer name nor is it fully qualified");
  }
}

function validateSecurityLabels(namespace: Namespace, problems: Problems): void {
  for (const mode of ["enforce", "audit", "warn"]) {
    const level = namespace.metadata.labels?.[`pod-security.kubernetes.io/${mode}`];
    if (level !== undefined && !securityLevels.includes(level)) {
      problems.invalid(`metadata.labels[pod-security.kubernetes.io/${mode}]`, level, `must be one of ${securityLevels.join(", ")}`);
    }
    const version = namespace.metadata.labels?.[`pod-security.kubernetes.io/${mode}-version`];
    if (version !== undefined && version !== "latest" && !/^v1\.(0|[1-9][0-9]*)$/.test(version)) {
      problems.invalid(`metadata.labels[pod-security.kubernetes.io/${mode}-version]`, version, 'must be "latest" or "v1.x"');
    }
  }
}
