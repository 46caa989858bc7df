import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { ConfigMaps, Secrets } from "../../api/resources.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import { hasReason } from "../../api/statusError.ts";
import type { Client } from "../../client/types.ts";
import type { ConfigReader } from "./environment.ts";

/** Reads each object when it is needed; readers of the same one at the same moment share the answer. */
export function configReader(client: Client): ConfigReader {
  const asked = new Map<string, Promise<unknown>>();
  const read = <T extends KubeObject>(type: ResourceType<T>, namespace: string, name: string): Promise<T | undefined> => {
    const key = `${type.resource}/${namespace}/${name}`;
    const known = asked.get(key) as Promise<T | undefined> | undefined;
    if (known) return known;
    const answer = getOrUndefined(client, type, namespace, name).finally(() => asked.delete(key));
    asked.set(key, answer);
    return answer;
  };
  return {
    configMap: (namespace, name) => read(ConfigMaps, namespace, name),
    secret: (namespace, name) => read(Secrets, namespace, name),
  };
}

async function getOrUndefined<T extends KubeObject>(client: Client, type: ResourceType<T>, namespace: string, name: string): Promise<T | undefined> {
  try {
    return await client.resource(type).get({ namespace, name });
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}
