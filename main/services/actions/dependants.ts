import type { ObjectRef } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { resourcePath } from "../clusters/discovery.ts";
import { getObject } from "../objects/api.ts";
import { known } from "../watch/resources.ts";

/** The resources whose objects usually have owners, from the top down. */
const ownable = ["jobs", "replicasets", "controllerrevisions", "endpointslices", "persistentvolumeclaims", "pods"] as const;

/** Everything that goes when these objects are deleted, owners first. */
export async function dependantsOf(cluster: Cluster, objects: ObjectRef[]): Promise<{ object: ObjectRef; kind: string }[]> {
  const roots = await Promise.all(objects.map((object) => getObject(cluster, object)));
  const namespaces = new Set(roots.map(({ metadata }) => metadata.namespace).filter(Boolean));
  const lists = await Promise.all(
    [...namespaces].flatMap((namespace) =>
      ownable.map(async (name) => {
        const resource = known[name];
        const { items, kind } = await cluster.connection.json<{ items: KubeObject[]; kind: string }>({
          path: resourcePath({ ...resource, namespace }),
        });
        return items.map((item) => ({ item, kind: kind.replace(/List$/, ""), object: { ...resource, namespace, name: item.metadata.name } }));
      }),
    ),
  );
  const candidates = lists.flat();
  const owners = new Set(roots.map(({ metadata }) => metadata.uid));
  const found: { object: ObjectRef; kind: string }[] = [];
  for (let grew = true; grew;) {
    grew = false;
    for (const { item, object, kind } of candidates) {
      if (owners.has(item.metadata.uid) || !item.metadata.ownerReferences?.some(({ uid }) => owners.has(uid))) continue;
      owners.add(item.metadata.uid);
      found.push({ object, kind });
      grew = true;
    }
  }
  return found;
}
