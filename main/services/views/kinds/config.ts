import type { ConfigMap, Namespace, PersistentVolume, PersistentVolumeClaim, Secret } from "../../../../shared/kubernetes/types.ts";
import type { StatusClass } from "../../../../shared/contract.ts";
import { known } from "../../watch/resources.ts";
import { column, list, ref, refCell, status, statusColumn, text, type KindView } from "../kindView.ts";
import { podSummary } from "../podStatus.ts";
import { usersOf } from "../usedBy.ts";

const usedBy = column("usedBy", "Used by", "list");
const users = ["pods", "replicasets"] as const;

export const configMaps: KindView = {
  columns: [column("keys", "Keys", "list"), usedBy, column("immutable", "Immutable", "text", { extra: true })],
  joins: users,
  joined: ["usedBy"],
  row(object, relations) {
    const { data = {}, binaryData = {}, immutable } = object as ConfigMap;
    return {
      cells: {
        keys: list([...Object.keys(data), ...Object.keys(binaryData)]),
        usedBy: list(usersOf(object, "configmaps", relations)),
        immutable: immutable ? "Yes" : null,
      },
    };
  },
};

export const secrets: KindView = {
  columns: [text("type", "Type"), column("keys", "Keys", "list"), usedBy],
  joins: users,
  joined: ["usedBy"],
  row(object, relations) {
    const { type, data = {} } = object as Secret;
    return { cells: { type: type ?? "Opaque", keys: list(Object.keys(data)), usedBy: list(usersOf(object, "secrets", relations)) } };
  },
};

const phases: Record<string, StatusClass> = {
  Bound: "running",
  Available: "succeeded",
  Released: "pending",
  Pending: "pending",
  Lost: "failed",
  Failed: "failed",
};

export const claims: KindView = {
  columns: [
    statusColumn,
    text("capacity", "Capacity"),
    text("class", "Class"),
    column("volume", "Bound to", "ref"),
    usedBy,
    column("modes", "Access modes", "list", { extra: true }),
  ],
  joins: users,
  joined: ["usedBy"],
  row(object, relations) {
    const { spec, status: current } = object as PersistentVolumeClaim;
    const phase = current?.phase ?? "Pending";
    const shown = phases[phase] ?? "unknown";
    return {
      status: shown,
      cells: {
        status: status(shown, phase),
        capacity: String(current?.capacity?.["storage"] ?? spec?.resources?.requests?.["storage"] ?? ""),
        class: spec?.storageClassName ?? null,
        volume: spec?.volumeName ? refCell(ref({ group: "", version: "v1", resource: "persistentvolumes" }, spec.volumeName)) : null,
        usedBy: list(usersOf(object, "persistentvolumeclaims", relations)),
        modes: list(spec?.accessModes ?? []),
      },
    };
  },
};

export const volumes: KindView = {
  columns: [
    statusColumn,
    text("capacity", "Capacity"),
    text("class", "Class"),
    column("claim", "Bound to", "ref"),
    text("policy", "Reclaim policy", { extra: true }),
  ],
  joins: [],
  row(object) {
    const { spec, status: current } = object as PersistentVolume;
    const phase = current?.phase ?? "Pending";
    const shown = phases[phase] ?? "unknown";
    const claim = spec?.claimRef;
    return {
      status: shown,
      cells: {
        status: status(shown, phase),
        capacity: String(spec?.capacity?.["storage"] ?? ""),
        class: spec?.storageClassName ?? null,
        claim: claim?.name ? refCell(ref(known.persistentvolumeclaims, claim.name, claim.namespace)) : null,
        policy: spec?.persistentVolumeReclaimPolicy ?? null,
      },
    };
  },
};

export const namespaces: KindView = {
  columns: [statusColumn, column("pods", "Pods", "number"), column("troubled", "Not well", "number")],
  joins: ["pods"],
  joined: ["pods", "troubled"],
  row(object, relations) {
    const terminating = (object as Namespace).status?.phase === "Terminating";
    const pods = relations.podsIn(object.metadata.name);
    return {
      status: terminating ? "terminating" : "running",
      cells: {
        status: terminating ? status("terminating", "Terminating") : status("running", "Active"),
        pods: pods.length,
        troubled: pods.filter((pod) => podSummary(pod).status === "failed").length,
      },
    };
  },
};
