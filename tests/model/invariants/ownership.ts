import { Namespaces, PersistentVolumeClaims, PersistentVolumes } from "../../../cluster-engine/api/resources.ts";
import type { Invariant } from "../invariant.ts";

export const noOrphans: Invariant = {
  name: "no orphan",
  settled({ history }) {
    const all = history.all();
    const uids = new Set(all.map(({ metadata }) => metadata.uid));
    return all
      .filter(({ metadata }) => metadata.ownerReferences?.length && !metadata.ownerReferences.some(({ uid }) => uids.has(uid)))
      .map(
        ({ kind, metadata }) =>
          `${kind} ${metadata.name} outlives its owner ${metadata.ownerReferences![0]!.kind} ${metadata.ownerReferences![0]!.name}`,
      );
  },
};

export const namespacesGo: Invariant = {
  name: "deleted namespaces go",
  settled({ history }) {
    const namespaces = history.list(Namespaces);
    const names = new Set(namespaces.map(({ metadata }) => metadata.name));
    const stuck = namespaces
      .filter(({ metadata }) => metadata.deletionTimestamp)
      .map(({ metadata, status }) => `${metadata.name} is still there: ${JSON.stringify(status)}`);
    const left = history.all().filter(({ metadata }) => metadata.namespace && !names.has(metadata.namespace));
    return [...stuck, ...left.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name} outlives its namespace`)];
  },
};

export const volumesGo: Invariant = {
  name: "volumes go with their claims",
  settled({ history, volumes }) {
    const claims = new Set(history.list(PersistentVolumeClaims).map(({ metadata }) => metadata.uid));
    const known = history.list(PersistentVolumes);
    const left = known
      .filter(({ spec }) => spec?.claimRef && !claims.has(spec.claimRef.uid!))
      .map(({ metadata }) => `${metadata.name} outlives its claim`);
    const names = new Set(known.map(({ metadata }) => metadata.name));
    return [...left, ...[...volumes].filter((name) => !names.has(name)).map((name) => `${name} is stored and no PersistentVolume tells of it`)];
  },
};

export const ownershipInvariants: readonly Invariant[] = [noOrphans, namespacesGo, volumesGo];
