import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { hasReason } from "../../api/statusError.ts";
import type { Transport } from "../../client/types.ts";
import { clusterObjects } from "./clusterObjects.ts";

/** Creates what a cluster starts with and is not there yet, each kind's objects in one group commit. */
export async function bootstrapCluster(transport: Transport): Promise<void> {
  for (const stage of clusterObjects) {
    await Promise.all(
      stage.flatMap(({ path, kind, apiVersion, objects }) =>
        objects.map((object) => createIfAbsent(transport, path, { ...object, kind, apiVersion } as KubeObject)),
      ),
    );
  }
}

export async function createIfAbsent(transport: Transport, path: string, object: KubeObject): Promise<void> {
  const collection = path.replace("*", object.metadata.namespace ?? "");
  try {
    await transport.send({ method: "GET", path: `${collection}/${encodeURIComponent(object.metadata.name)}` });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    await transport.send({ method: "POST", path: collection, body: object });
  }
}
