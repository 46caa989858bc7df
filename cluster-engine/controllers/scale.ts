import { parseApiVersion } from "../../shared/kubernetes/object.ts";
import type { CrossVersionObjectReference, Scale } from "../../shared/kubernetes/types.ts";
import { resourcePath, type ResourceType } from "../api/resourceType.ts";
import { hasReason } from "../api/statusError.ts";
import type { Transport } from "../client/types.ts";
import type { ServedResources } from "./servedResources.ts";

export interface ScaleTarget {
  type: ResourceType;
  scale: Scale;
}

const attempts = 5;

/** The scale of what `reference` names. @throws Error when there is no such kind or object, or it can't be scaled */
export async function readScale(
  transport: Transport,
  served: ServedResources,
  namespace: string,
  reference: CrossVersionObjectReference,
): Promise<ScaleTarget> {
  const { kind, name, apiVersion = "" } = reference;
  const { group } = parseApiVersion(apiVersion);
  const [type] = await served.find(transport, (each) => each.kind === kind && each.group === group && !each.resource.includes("/"));
  if (!type) throw new Error(`no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
  return { type, scale: await getScale(transport, type, { namespace, name }) };
}

const getScale = async (transport: Transport, type: ResourceType, key: { namespace: string; name: string }): Promise<Scale> =>
  (await transport.send({ method: "GET", path: resourcePath(type, key, "scale") })) as Scale;

/** Writes the size, again when somebody else wrote meanwhile. @throws StatusError */
export async function writeScale(transport: Transport, { type, scale }: ScaleTarget, replicas: number): Promise<void> {
  let latest = scale;
  for (let left = attempts; ; left--) {
    try {
      const body = { ...latest, spec: { ...latest.spec, replicas } };
      await transport.send({ method: "PUT", path: resourcePath(type, scale.metadata, "scale"), body });
      return;
    } catch (error) {
      if (!hasReason(error, "Conflict") || left <= 1) throw error;
      latest = await getScale(transport, type, scale.metadata);
    }
  }
}
