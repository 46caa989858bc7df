import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Pod, PodSpec, PodTemplateSpec } from "../../../shared/kubernetes/types.ts";
import { Namespaces } from "../../api/resources.ts";
import type { StrategyContext } from "../strategy.ts";
import { securityProblems } from "./podSecurityChecks.ts";
import { refusal } from "./refusal.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

type Mode = "enforce" | "warn";

interface Templated extends KubeObject {
  template?: PodTemplateSpec;
  spec?: { template?: PodTemplateSpec; jobTemplate?: { spec?: { template?: PodTemplateSpec } } };
}

const templated = ["podtemplates", "replicationcontrollers", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs"];

/** Holds pods to the level that the labels of their namespace name; templates are only warned about. https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
export const podSecurity: AdmissionPlugin = {
  name: "PodSecurity",
  async validate(attributes, context) {
    const { operation, namespace, object, resource } = attributes;
    if (!namespace || !object || (operation !== "CREATE" && operation !== "UPDATE")) return;
    if (resource.resource === "pods") return validatePod(attributes, context);
    if (attributes.subresource === "" && templated.includes(resource.resource))
      await warnAbout(templateSpec(object as Templated), namespace, context);
  },
};

const templateSpec = ({ template, spec }: Templated): PodSpec | undefined => (template ?? spec?.template ?? spec?.jobTemplate?.spec?.template)?.spec;

async function validatePod(attributes: AdmissionAttributes, context: StrategyContext): Promise<void> {
  const { subresource, operation, namespace, object, oldObject } = attributes;
  if (subresource !== "" && subresource !== "ephemeralcontainers") return;
  const spec = (object as Pod).spec!;
  if (operation === "UPDATE" && subresource === "" && !changesImages(spec, (oldObject as Pod).spec!)) return;
  const level = await levelOf(namespace, "enforce", context);
  const problems = describe(spec, level);
  if (problems) throw refusal(attributes, `violates PodSecurity "${level}": ${problems}`);
  await warnAbout(spec, namespace, context);
}

/** Of what may change in a running pod only images could matter to a level. */
const changesImages = (spec: PodSpec, old: PodSpec): boolean =>
  [...spec.containers, ...(spec.initContainers ?? [])].some(
    (container, i) => container.image !== [...old.containers, ...(old.initContainers ?? [])][i]?.image,
  );

async function warnAbout(spec: PodSpec | undefined, namespace: string, context: StrategyContext): Promise<void> {
  const level = spec ? await levelOf(namespace, "warn", context) : "";
  const problems = spec ? describe(spec, level) : "";
  if (problems) context.warn(`would violate PodSecurity "${level}": ${problems}`);
}

/** `restricted:latest`; privileged where no label says otherwise. */
async function levelOf(namespace: string, mode: Mode, context: StrategyContext): Promise<string> {
  const labels = (await context.lookup(Namespaces, { name: namespace }))?.metadata.labels ?? {};
  const prefix = "pod-security.kubernetes.io/";
  return `${labels[prefix + mode] ?? "privileged"}:${labels[`${prefix}${mode}-version`] ?? "latest"}`;
}

const describe = (spec: PodSpec, level: string): string =>
  securityProblems(spec, level.split(":")[0]!)
    .map(({ reason, detail }) => `${reason} (${detail})`)
    .join(", ");
