import type { Plan, PlanItem, PlanSource } from "../../../shared/contract.ts";
import { kinds, type FakeCluster } from "./fakeCluster.ts";

const field = (text: string, pattern: RegExp): string | undefined => pattern.exec(text)?.[1]?.trim();

interface Part {
  text: string;
  line: number;
}

/** Documents of a file, with the line at which each begins. */
function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let line = 1;
  for (const part of text.split(/^---.*$/m)) {
    const leading = /^\n*/.exec(part)![0].length;
    if (part.trim()) parts.push({ text: part.trim(), line: line + leading });
    line += part.split("\n").length - 1;
  }
  return parts;
}

function itemOf(cluster: FakeCluster, source: string, part: Part, namespace: string, id: string): PlanItem {
  const kind = field(part.text, /^kind:\s*(\S+)/m) ?? "";
  const name = field(part.text, /^metadata:[\s\S]*?^\s+name:\s*(\S+)/m) ?? "";
  const known = kinds.find((each) => each.kind === kind);
  const base = { id, kind: kind || "?", name, source: { name: source, line: part.line }, diff: [], errors: [], warnings: [], yaml: part.text };
  if (!kind)
    return {
      ...base,
      action: "invalid",
      errors: [{ message: "Object 'Kind' is missing: every object names its kind, such as `kind: Deployment`.", line: part.line }],
    };
  if (!known)
    return {
      ...base,
      action: "invalid",
      errors: [{ message: `no matches for kind "${kind}": is its CustomResourceDefinition installed?`, field: "kind", line: part.line + 1 }],
    };
  const object = { group: known.group, version: "v1", resource: known.resource, name, ...(known.namespaced ? { namespace } : {}) };
  if (/replica:/.test(part.text))
    return {
      ...base,
      object,
      action: "invalid",
      errors: [{ message: 'unknown field "spec.replica": did you mean "replicas"?', field: "spec.replica", line: part.line + 5 }],
    };
  const live = cluster.find(object);
  const image = field(part.text, /image:\s*(\S+)/);
  const warnings = image?.includes(":missing") ? [`The image ${image} was not found on this machine, and its registry does not answer.`] : [];
  if (!live) return { ...base, object, action: "create", warnings };
  const replicas = Number(field(part.text, /replicas:\s*(\d+)/) ?? live.spec?.replicas);
  const diff = [
    ...(live.spec?.replicas !== undefined && replicas !== live.spec.replicas
      ? [{ path: "spec.replicas", before: live.spec.replicas, after: replicas }]
      : []),
    ...(image && live.spec?.template && image !== live.spec.template.spec.containers[0].image
      ? [
          {
            path: `spec.template.spec.containers[name=${live.spec.template.spec.containers[0].name}].image`,
            before: live.spec.template.spec.containers[0].image,
            after: image,
          },
        ]
      : []),
  ];
  if (/owned-by-other/.test(part.text))
    return {
      ...base,
      object,
      action: "conflict",
      diff,
      errors: [
        {
          message: 'conflict with "kube-controller-manager": .spec.replicas. Take the field over, or leave it out.',
          field: "spec.replicas",
          line: part.line + 4,
        },
      ],
    };
  return { ...base, object, action: diff.length > 0 ? "change" : "same", diff, warnings };
}

let plans = 0;

/** A plan read with a few expressions: enough for screens and tests. */
export function makeFakePlan(cluster: FakeCluster, clusterId: string, namespace: string, sources: PlanSource[]): Plan {
  const items = sources.flatMap((source) => {
    const name = "text" in source ? source.name : source.path;
    const text = "text" in source ? source.text : "";
    return partsOf(text).map((part, index) => itemOf(cluster, name, part, namespace, `${name}#${index}`));
  });
  return { id: `plan-${++plans}`, cluster: clusterId, items };
}
