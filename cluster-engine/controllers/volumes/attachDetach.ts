import type { New } from "../../../shared/kubernetes/object.ts";
import type { CSIDriver, Node, PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttachment } from "../../../shared/kubernetes/types.ts";
import { CSIDrivers, Nodes, PersistentVolumeClaims, PersistentVolumes, Pods, VolumeAttachments } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { semanticEqual } from "../equality.ts";
import { indexByNode, podsOn } from "../node/lifecycle.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { attachedVolume, attachmentFor, isExclusive, isOurs, wantedOn, type Wanted } from "./attachments.ts";
import { claimsOf, indexByClaim, podsOfClaim } from "./podClaims.ts";

/**
 * Asks CSI drivers by VolumeAttachments to attach what pods on a node need and to detach what none needs any more, and
 * keeps `status.volumesAttached` of nodes. Local and hostPath volumes are never attached.
 */
export const attachDetachController: Controller = {
  name: "persistentvolume-attach-detach-controller",
  account: "attachdetach-controller",
  component: "attachdetach-controller",
  start(context) {
    const attacher = new Attacher(context);
    const { pods, claims, volumes, attachments, nodes, drivers } = attacher;
    return runReconciler({
      ...loopOptions(context),
      name: "attach-detach",
      sources: [
        source(
          pods,
          (pod) => (claimsOf(pod).length > 0 ? nodeOf(pod) : []),
          (pod, old) => pod.spec.nodeName !== old.spec.nodeName || pod.status?.phase !== old.status?.phase,
        ),
        source(claims, ({ metadata, spec }) => (spec?.volumeName ? podsOfClaim(pods, `${metadata.namespace}/${metadata.name}`).flatMap(nodeOf) : [])),
        source(attachments, (attachment) => attacher.concernedBy(attachment)),
        source(
          nodes,
          ({ metadata }) => [metadata.name],
          (node, old) => !semanticEqual(node.status?.volumesInUse, old.status?.volumesInUse),
        ),
      ],
      reads: [volumes, drivers],
      reconcile: (node, run) => attacher.reconcile(node, run),
    });
  },
};

const nodeOf = ({ spec }: Pod): string[] => (spec.nodeName ? [spec.nodeName] : []);

class Attacher {
  readonly pods: Informer<Pod>;
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly volumes: Informer<PersistentVolume>;
  readonly attachments: Informer<VolumeAttachment>;
  readonly nodes: Informer<Node>;
  readonly drivers: Informer<CSIDriver>;
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    const { informers } = context;
    this.#context = context;
    this.pods = indexByClaim(indexByNode(informers.of(Pods)));
    this.claims = informers.of(PersistentVolumeClaims);
    this.volumes = informers.of(PersistentVolumes);
    this.attachments = informers.of(VolumeAttachments);
    this.nodes = informers.of(Nodes);
    this.drivers = informers.of(CSIDrivers);
    this.attachments.addIndex("node", ({ spec }) => [spec.nodeName]);
    this.attachments.addIndex("volume", ({ spec }) => [spec.source.persistentVolumeName ?? ""]);
  }

  /** Its node, and those that wait for the volume. */
  concernedBy({ spec }: VolumeAttachment): Set<string> {
    const claim = this.volumes.get(spec.source.persistentVolumeName ?? "")?.spec?.claimRef;
    const users = claim ? podsOfClaim(this.pods, `${claim.namespace}/${claim.name}`) : [];
    return new Set([spec.nodeName, ...users.flatMap(nodeOf)]);
  }

  async reconcile(name: string, { client }: ReconcileContext): Promise<void> {
    const wanted = wantedOn(name, podsOn(this.pods, name), {
      claim: (key) => this.claims.get(key),
      volume: (volume) => this.volumes.get(volume),
      driver: (driver) => this.drivers.get(driver),
    });
    const present = this.attachments.byIndex("node", name);
    for (const each of wanted) await this.#attach(client, each, present);
    for (const attachment of present) await this.#detachUnneeded(client, attachment, wanted);
    await this.#report(client, name, wanted, present);
  }

  async #attach(client: Client, wanted: Wanted, present: VolumeAttachment[]): Promise<void> {
    const attachment = attachmentFor(wanted);
    const known = present.find(({ metadata }) => metadata.name === attachment.metadata.name);
    const error = known?.status?.attachError?.message;
    if (error) this.#event(wanted, "Warning", "FailedAttachVolume", `AttachVolume.Attach failed for volume "${nameOf(wanted)}" : ${error}`);
    if (known) return;
    if (this.#isTaken(wanted)) return this.#reportTaken(wanted);
    await create(client, attachment);
  }

  #isTaken({ volume, node }: Wanted): boolean {
    return isExclusive(volume) && this.attachments.byIndex("volume", volume.metadata.name).some(({ spec }) => spec.nodeName !== node);
  }

  #reportTaken(wanted: Wanted): void {
    const elsewhere = this.attachments.byIndex("volume", nameOf(wanted)).flatMap(({ spec }) => podsOn(this.pods, spec.nodeName));
    const claim = wanted.volume.spec?.claimRef;
    const users = elsewhere.filter((pod) => pod.spec.nodeName !== wanted.node && claimsOf(pod).includes(`${claim?.namespace}/${claim?.name}`));
    const why = users.length
      ? `Volume is already used by pod(s) ${users.map(({ metadata }) => metadata.name).join(", ")}`
      : "Volume is already exclusively attached to one node and can't be attached to another";
    this.#event(wanted, "Warning", "FailedAttachVolume", `Multi-Attach error for volume "${nameOf(wanted)}" ${why}`);
  }

  /** What a kubelet still has mounted stays. */
  async #detachUnneeded(client: Client, attachment: VolumeAttachment, wanted: Wanted[]): Promise<void> {
    const name = attachment.spec.source.persistentVolumeName;
    const volume = this.volumes.get(name ?? "");
    if (!name || attachment.metadata.deletionTimestamp || wanted.some((each) => nameOf(each) === name) || !isOurs(attachment, volume)) return;
    const inUse = this.nodes.get(attachment.spec.nodeName)?.status?.volumesInUse ?? [];
    if (volume?.spec?.csi && inUse.includes(attachedVolume(volume).name)) return;
    await client.resource(VolumeAttachments).delete(attachment.metadata);
  }

  async #report(client: Client, name: string, wanted: Wanted[], present: VolumeAttachment[]): Promise<void> {
    const node = this.nodes.get(name);
    if (!node) return;
    const attached = present
      .filter(({ status }) => status?.attached)
      .flatMap(({ spec }) => this.volumes.get(spec.source.persistentVolumeName ?? "") ?? []);
    const volumesAttached = attached.filter(({ spec }) => spec?.csi).map(attachedVolume);
    const before = node.status?.volumesAttached ?? [];
    if (semanticEqual(volumesAttached, before)) return;
    await client.resource(Nodes).patch(node.metadata, { status: { volumesAttached } }, { type: "merge", subresource: "status" });
    for (const each of wanted) {
      const isNew = attached.includes(each.volume) && !before.some((old) => old.name === attachedVolume(each.volume).name);
      if (isNew) this.#event(each, "Normal", "SuccessfulAttachVolume", `AttachVolume.Attach succeeded for volume "${nameOf(each)}" `);
    }
  }

  #event({ pods }: Wanted, type: "Normal" | "Warning", reason: string, message: string): void {
    for (const pod of pods) this.#context.events.event(pod, type, reason, message);
  }
}

const nameOf = ({ volume }: Wanted): string => volume.metadata.name;

async function create(client: Client, attachment: New<VolumeAttachment>): Promise<void> {
  try {
    await client.resource(VolumeAttachments).create(attachment);
  } catch (error) {
    if (!hasReason(error, "AlreadyExists")) throw error;
  }
}
