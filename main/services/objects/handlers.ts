import type { Secret } from "../../../shared/kubernetes/types.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { ServiceError } from "../errors.ts";
import type { RequestHandlers, StreamHandlers } from "../port/types.ts";
import { getObject } from "./api.ts";
import { ObjectStream } from "./objectStream.ts";

export const objectRequests = (clusters: Clusters): Pick<RequestHandlers, "secrets.reveal"> => ({
  "secrets.reveal": async ({ cluster, object, key }) => {
    const { data = {} } = await getObject<Secret>(clusters.get(cluster), object);
    const value = data[key];
    if (value === undefined) throw new ServiceError("no-key", `Secret ${object.name} has no key "${key}"`);
    return { value: Buffer.from(value, "base64").toString("utf8") };
  },
});

export const objectStreams = (clusters: Clusters): Pick<StreamHandlers, "object"> => ({
  object: { pace: 200, open: ({ cluster, object }, ends) => new ObjectStream(clusters.get(cluster), object, ends) },
});
