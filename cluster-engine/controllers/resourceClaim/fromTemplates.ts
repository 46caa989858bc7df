import type { Pod, PodResourceClaim, ResourceClaimTemplate, ResourceV1ResourceClaim as ResourceClaim } from "../../../shared/kubernetes/types.ts";
import { Pods, ResourceClaims, ResourceClaimTemplates } from "../../api/resources.ts";
import type { Client, Informer } from "../../client/types.ts";
import { messageOf } from "../podControl.ts";
import type { ControllerContext } from "../types.ts";
import { claimNameOf, isDone, isFor, isReservedFor } from "./podClaims.ts";

const podClaimAnnotation = "resource.kubernetes.io/pod-claim-name";
const fieldManager = "ResourceClaimController";
/** A claim may be reserved for so many pods. */
const maxReservations = 256;
/** Leaves room for five generated characters in a name of 63. */
const maxBaseLength = 57;

/** Makes the claims that pods ask for by templates, and reserves claims for pods that were bound without the scheduler. */
export class PodClaims {
  readonly #context: ControllerContext;
  readonly #pods: Informer<Pod>;
  readonly #claims: Informer<ResourceClaim>;
  readonly #templates: Informer<ResourceClaimTemplate>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#pods = context.informers.of(Pods);
    this.#claims = context.informers.of(ResourceClaims);
    this.#templates = context.informers.of(ResourceClaimTemplates);
  }

  async reconcile(key: string, client: Client): Promise<void> {
    const pod = this.#pods.get(key);
    if (!pod || pod.metadata.deletionTimestamp || isDone(pod)) return;
    const made = new Map<string, string>();
    for (const podClaim of pod.spec.resourceClaims ?? []) {
      try {
        const claim = await this.#handle(client, pod, podClaim);
        if (claim) made.set(podClaim.name, claim);
      } catch (error) {
        const text = `PodResourceClaim ${podClaim.name}: ${messageOf(error)}`;
        this.#context.events.event(pod, "Warning", "FailedResourceClaimCreation", text);
        throw new Error(`pod ${key}, ${text}`, { cause: error });
      }
    }
    if (made.size > 0) await this.#note(client, pod, made);
    else if (pod.spec.nodeName) await this.#reserve(client, pod);
  }

  /** The name of the claim that is there for the pod now and was not known before. */
  async #handle(client: Client, pod: Pod, podClaim: PodResourceClaim): Promise<string | undefined> {
    const known = claimNameOf(pod, podClaim);
    if (known === "none" || !podClaim.resourceClaimTemplateName) return undefined;
    if (typeof known === "object") {
      const claim = this.#claims.get({ namespace: pod.metadata.namespace, name: known.name });
      if (claim && isFor(claim, pod)) return undefined;
    }
    // One may be left from a run that did not come to its end.
    const found = this.#claims
      .list(pod.metadata.namespace)
      .find((claim) => isFor(claim, pod) && claim.metadata.annotations?.[podClaimAnnotation] === podClaim.name);
    return (found ?? (await this.#create(client, pod, podClaim, podClaim.resourceClaimTemplateName))).metadata.name;
  }

  async #create(client: Client, pod: Pod, podClaim: PodResourceClaim, templateName: string): Promise<ResourceClaim> {
    const { namespace } = pod.metadata;
    const template = this.#templates.get({ namespace, name: templateName });
    if (!template)
      throw new Error(
        `resource claim template ${JSON.stringify(templateName)}: resourceclaimtemplate.resource.k8s.io ${JSON.stringify(templateName)} not found`,
      );
    return client.resource(ResourceClaims).create(claimFrom(template, pod, podClaim));
  }

  #note(client: Client, pod: Pod, made: Map<string, string>): Promise<unknown> {
    const { name, namespace } = pod.metadata;
    const resourceClaimStatuses = [...made].map(([podClaim, resourceClaimName]) => ({ name: podClaim, resourceClaimName }));
    const patch = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, status: { resourceClaimStatuses } };
    return client.resource(Pods).patch(pod.metadata, patch, { type: "apply", subresource: "status", fieldManager, force: true });
  }

  async #reserve(client: Client, pod: Pod): Promise<void> {
    for (const podClaim of pod.spec.resourceClaims ?? []) {
      const known = claimNameOf(pod, podClaim);
      const claim = typeof known === "object" ? this.#claims.get({ namespace: pod.metadata.namespace, name: known.name }) : undefined;
      if (!claim || typeof known !== "object" || (known.generated && !isFor(claim, pod))) continue;
      const reserved = claim.status?.reservedFor ?? [];
      if (!claim.status?.allocation || isReservedFor(claim, pod) || reserved.length >= maxReservations) continue;
      const consumer = { resource: "pods", name: pod.metadata.name, uid: pod.metadata.uid };
      await client.resource(ResourceClaims).updateStatus({ ...claim, status: { ...claim.status, reservedFor: [...reserved, consumer] } });
    }
  }
}

/** A claim as a template has it, owned by the pod. */
export function claimFrom(template: ResourceClaimTemplate, { metadata: { name, namespace, uid } }: Pod, podClaim: PodResourceClaim) {
  const { labels, annotations } = template.spec.metadata ?? {};
  return {
    metadata: {
      generateName: baseName(name, podClaim.name),
      namespace,
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name, uid, controller: true }],
      annotations: { ...annotations, [podClaimAnnotation]: podClaim.name },
      ...(labels ? { labels: { ...labels } } : {}),
    },
    spec: template.spec.spec,
  };
}

/** Names that are too long lose of both parts alike. */
function baseName(pod: string, claim: string): string {
  const whole = `${pod}-${claim}-`;
  if (whole.length <= maxBaseLength) return whole;
  const short = (text: string) => text.slice(0, Math.floor((text.length * maxBaseLength) / whole.length));
  return `${short(pod)}-${short(claim)}`;
}
