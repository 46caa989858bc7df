import { expect, test } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Relations } from "../watch/relations.ts";
import { relatedTo } from "./related.ts";

const nothing = { all: () => [], podsIn: () => [] } as unknown as Relations;

test("a pod is related to its owner, its node and all the configuration it names, each once", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-1", uid: "1" }] },
    spec: {
      nodeName: "wherry",
      serviceAccountName: "seller",
      imagePullSecrets: [{ name: "login" }],
      containers: [
        {
          name: "c",
          env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } }],
          envFrom: [{ configMapRef: { name: "settings" } }],
        },
      ],
      volumes: [
        { name: "d", persistentVolumeClaim: { claimName: "disk" } },
        { name: "p", projected: { sources: [{ secret: { name: "cert" } }] } },
      ],
    },
  } as unknown as KubeObject;
  expect(relatedTo(pod, nothing).map(({ relation, kind, object }) => `${relation} ${kind} ${object.name}`)).toEqual([
    "owner ReplicaSet web-1",
    "uses ConfigMap settings",
    "uses Secret cert",
    "uses Secret login",
    "uses PersistentVolumeClaim disk",
    "uses ServiceAccount seller",
    "node Node wherry",
  ]);
});
