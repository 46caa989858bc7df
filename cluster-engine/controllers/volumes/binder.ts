import { apiVersionOf } from "../../../shared/kubernetes/object.ts";
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes, StorageClasses } from "../../api/resources.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { semanticEqual } from "../equality.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { bindCompleted, boundByController, classOf, findVolume, isReservedFor } from "./binding.ts";

/** ms between looks at a claim that waits; each look tells why. */
const retryPeriod = 15_000;

const noProvisioner = "kubernetes.io/no-provisioner";
const selectedNode = "volume.kubernetes.io/selected-node";
const provisionerAnnotations = ["volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner"];

/** Binds claims to volumes, and tells what claims wait for. */
export const claimBinder: Controller = {
  name: "persistentvolume-binder-controller",
  account: "persistent-volume-binder",
  component: "persistentvolume-controller",
  start(context) {
    const claims = context.informers.of(PersistentVolumeClaims);
    const volumes = context.informers.of(PersistentVolumes);
    const classes = context.informers.of(StorageClasses);
    const binder = new Binder(context, claims, volumes, classes);
    return runReconciler({
      ...loopOptions(context),
      name: "claim-binder",
      // One at a time: each choice must see the one before.
      workers: 1,
      sources: [source(claims), source(volumes, (volume) => binder.concernedBy(volume)), source(classes, () => binder.waiting())],
      reconcile: (key, run) => binder.reconcile(key, run),
    });
  },
};

const keyOf = ({ metadata }: PersistentVolumeClaim): string => `${metadata.namespace}/${metadata.name}`;

class Binder {
  readonly #context: ControllerContext;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #classes: Informer<StorageClass>;

  constructor(
    context: ControllerContext,
    claims: Informer<PersistentVolumeClaim>,
    volumes: Informer<PersistentVolume>,
    classes: Informer<StorageClass>,
  ) {
    this.#context = context;
    this.#claims = claims;
    this.#volumes = volumes;
    this.#classes = classes;
  }

  waiting(): string[] {
    return this.#claims
      .list()
      .filter((claim) => !claim.metadata.annotations?.[bindCompleted])
      .map(keyOf);
  }

  /** Its claim, or all that wait when the volume is free. */
  concernedBy({ spec }: PersistentVolume): string[] {
    return spec?.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : this.waiting();
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const claim = this.#claims.get(key);
    if (!claim) return;
    if (claim.metadata.annotations?.[bindCompleted]) return this.#checkBound(client, claim);
    const volume = this.#choose(claim);
    if (volume) return bind(client, claim, volume);
    await setPhase(client, claim, "Pending");
    await this.#explain(client, claim);
    return { requeueAfter: retryPeriod };
  }

  #choose(claim: PersistentVolumeClaim): PersistentVolume | undefined {
    const name = claim.spec?.volumeName;
    if (!name) return this.#mustWait(claim) ? undefined : findVolume(claim, this.#volumes.list());
    const volume = this.#volumes.get(name);
    return volume && (!volume.spec?.claimRef || isReservedFor(volume, claim)) ? volume : undefined;
  }

  /** The scheduler chooses the node first, unless a volume was reserved. */
  #mustWait(claim: PersistentVolumeClaim): boolean {
    const storageClass = this.#classes.get(classOf(claim));
    if (storageClass?.volumeBindingMode !== "WaitForFirstConsumer" || claim.metadata.annotations?.[selectedNode]) return false;
    return !this.#volumes.list().some((volume) => isReservedFor(volume, claim));
  }

  async #explain(client: Client, claim: PersistentVolumeClaim): Promise<void> {
    const { events } = this.#context;
    const name = classOf(claim);
    const storageClass = this.#classes.get(name);
    if (claim.spec?.volumeName) return;
    if (this.#mustWait(claim))
      return events.event(claim, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
    if (!name) return events.event(claim, "Normal", "FailedBinding", "no persistent volumes available for this claim and no storage class is set");
    if (!storageClass) return events.event(claim, "Warning", "ProvisioningFailed", `storageclass.storage.k8s.io "${name}" not found`);
    const { provisioner } = storageClass;
    if (provisioner === noProvisioner)
      return events.event(claim, "Warning", "ProvisioningFailed", "no volume plugin matched name: kubernetes.io/no-provisioner");
    const annotations = { ...claim.metadata.annotations, ...Object.fromEntries(provisionerAnnotations.map((key) => [key, provisioner])) };
    if (!semanticEqual(annotations, claim.metadata.annotations))
      await client.resource(PersistentVolumeClaims).update({ ...claim, metadata: { ...claim.metadata, annotations } });
    const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    events.event(claim, "Normal", "ExternalProvisioning", message);
  }

  async #checkBound(client: Client, claim: PersistentVolumeClaim): Promise<void> {
    const volume = this.#volumes.get(claim.spec?.volumeName ?? "");
    if (volume && isReservedFor(volume, claim)) return setBound(client, claim, volume);
    if (volume && !volume.spec?.claimRef) return bind(client, claim, volume);
    if (claim.status?.phase === "Lost") return;
    await setPhase(client, claim, "Lost");
    const message = volume
      ? "Two claims are bound to the same volume, this one is bound incorrectly"
      : "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
    this.#context.events.event(claim, "Warning", volume ? "ClaimMisbound" : "ClaimLost", message);
  }
}

/** First the volume, then the claim: whoever reads the claim finds its volume. */
async function bind(client: Client, claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
  const bound = await bindVolume(client, claim, volume);
  const chosen = !claim.spec?.volumeName;
  const annotations = { ...claim.metadata.annotations, [bindCompleted]: "yes", ...(chosen ? { [boundByController]: "yes" } : {}) };
  const spec = { ...claim.spec, volumeName: bound.metadata.name };
  const written = await client.resource(PersistentVolumeClaims).update({ ...claim, metadata: { ...claim.metadata, annotations }, spec });
  await setBound(client, written, bound);
}

async function bindVolume(client: Client, claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<PersistentVolume> {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  if (volume.spec?.claimRef?.uid === uid) return volume;
  const reserved = volume.spec?.claimRef !== undefined;
  const annotations = reserved ? volume.metadata.annotations : { ...volume.metadata.annotations, [boundByController]: "yes" };
  const claimRef = { kind: "PersistentVolumeClaim", namespace, name, uid, apiVersion: apiVersionOf(PersistentVolumeClaims), resourceVersion };
  return client.resource(PersistentVolumes).update({ ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef } });
}

async function setBound(client: Client, claim: PersistentVolumeClaim, { spec }: PersistentVolume): Promise<void> {
  const status = { ...claim.status, phase: "Bound" as const, accessModes: spec?.accessModes, capacity: spec?.capacity };
  if (!semanticEqual(status, claim.status)) await client.resource(PersistentVolumeClaims).updateStatus({ ...claim, status });
}

async function setPhase(client: Client, claim: PersistentVolumeClaim, phase: "Pending" | "Lost"): Promise<void> {
  if ((claim.status?.phase ?? "Pending") === phase) return;
  await client.resource(PersistentVolumeClaims).updateStatus({ ...claim, status: { ...claim.status, phase } });
}
