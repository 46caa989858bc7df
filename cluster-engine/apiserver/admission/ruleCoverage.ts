import type { PolicyRule } from "../../../shared/kubernetes/types.ts";

/** What of the granted rules is not among the held ones; verbs of one resource are put together again. */
export function uncoveredRules(held: PolicyRule[], granted: PolicyRule[]): PolicyRule[] {
  return compacted(granted.flatMap(parts).filter((part) => !held.some((rule) => covers(rule, part))));
}

/** A rule in rules of one group, resource, name and verb each. */
function parts({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs }: PolicyRule): PolicyRule[] {
  const combined = (group: string, resource: string, verb: string): PolicyRule[] => {
    const part = { apiGroups: [group], resources: [resource], verbs: [verb] };
    return resourceNames.length > 0 ? resourceNames.map((name) => ({ ...part, resourceNames: [name] })) : [part];
  };
  return [
    ...apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.flatMap((verb) => combined(group, resource, verb)))),
    ...nonResourceURLs.flatMap((url) => verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] }))),
  ];
}

const hasAll = (owned: string[] = [], wanted: string[] = []): boolean => wanted.every((item) => owned.includes(item));

function covers(rule: PolicyRule, part: PolicyRule): boolean {
  const anyOr = (owned: string[] | undefined, wanted: string[] | undefined): boolean => !!owned?.includes("*") || hasAll(owned, wanted);
  const names = !rule.resourceNames?.length || (!!part.resourceNames?.length && hasAll(rule.resourceNames, part.resourceNames));
  return anyOr(rule.verbs, part.verbs) && anyOr(rule.apiGroups, part.apiGroups) && coversResources(rule, part) && names && coversURLs(rule, part);
}

function coversResources({ resources = [] }: PolicyRule, part: PolicyRule): boolean {
  if (resources.includes("*")) return true;
  return (part.resources ?? []).every((path) => {
    const slash = path.indexOf("/");
    return resources.includes(path) || (slash >= 0 && resources.includes(`*${path.slice(slash)}`));
  });
}

function coversURLs({ nonResourceURLs = [] }: PolicyRule, part: PolicyRule): boolean {
  const covered = (owner: string, url: string): boolean => owner === url || (owner.endsWith("*") && url.startsWith(owner.replace(/\*+$/, "")));
  return (part.nonResourceURLs ?? []).every((url) => nonResourceURLs.some((owner) => covered(owner, url)));
}

/** Rules about the same resource become one with all their verbs. */
function compacted(rules: PolicyRule[]): PolicyRule[] {
  const result: PolicyRule[] = [];
  const byResource = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = rule.resources && JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const known = key && byResource.get(key);
    if (known) {
      known.verbs.push(...rule.verbs);
      continue;
    }
    const copy = { ...rule, verbs: [...rule.verbs] };
    result.push(copy);
    if (key) byResource.set(key, copy);
  }
  return result;
}

/** `{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}`. */
export function describeRule({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const fields = { APIGroups: apiGroups, Resources: resources, NonResourceURLs: nonResourceURLs, ResourceNames: resourceNames, Verbs: verbs };
  const given = Object.entries(fields).filter(([, list]) => list?.length);
  return `{${given.map(([name, list]) => `${name}:[${list!.map((item) => JSON.stringify(item)).join(" ")}]`).join(", ")}}`;
}
