import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from "../../../shared/kubernetes/types.ts";
import { deepEqual } from "../../api/json.ts";
import { hasReason } from "../../api/statusError.ts";
import { CustomResourceDefinitions } from "../../api/resources.ts";
import { causeOf } from "../../client/client.ts";
import type { Transport } from "../../client/types.ts";
import { rfc3339, type Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { ResourceRegistry } from "../registry/resourceRegistry.ts";
import type { WatchCaches } from "../storage/watchCaches.ts";
import { keyPrefix } from "../storage/watchCaches.ts";
import { acceptNames } from "./names.ts";
import { servedVersions } from "./serve.ts";

const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

export interface DefinitionsOptions {
  caches: WatchCaches;
  registry: ResourceRegistry;
  /** As the server itself. */
  transport: Transport;
  clock: Clock;
  log: Log;
}

/** Serves what CustomResourceDefinitions define: accepts names, establishes, and cleans up behind deleted ones. */
export function serveDefinitions(options: DefinitionsOptions): Disposable {
  const { caches, registry, log } = options;
  const cache = caches.of(keyPrefix({ group: "apiextensions.k8s.io", resource: "customresourcedefinitions" }));
  const all = () => cache.list().map((stored) => stored.object as CustomResourceDefinition);
  const serve = () =>
    registry.replaceCustom(
      all()
        .filter(isEstablished)
        .flatMap((definition) => servedVersions(definition, registry)),
    );
  const running = new Map<string, Promise<void>>();
  const settle = (name: string) => {
    const step = async () => {
      const definition = cache.get("", name)?.object as CustomResourceDefinition | undefined;
      if (!definition) return;
      if (definition.metadata.deletionTimestamp) await cleanUp(definition, options, () => settle(name));
      else await establish(definition, all(), options);
    };
    // One step of a definition after the other.
    const next = (running.get(name) ?? Promise.resolve()).then(step).catch((error: Error) => {
      if (!hasReason(error, "Conflict") && !hasReason(error, "NotFound")) log.warn("custom resource definition", { name, error: error.message });
    });
    running.set(name, next);
  };
  serve();
  for (const definition of all()) settle(definition.metadata.name);
  return cache.subscribe(caches.revision, {
    onEvents(events) {
      serve();
      for (const event of events) settle(event.object.name);
      // Names may have come free.
      if (events.some((event) => event.type === "delete"))
        for (const definition of all()) if (!isEstablished(definition)) settle(definition.metadata.name);
    },
    onError: (error) => log.error("the watch on custom resource definitions ended", { error: error.message }),
  });
}

const isEstablished = ({ status }: CustomResourceDefinition): boolean =>
  status?.conditions?.some(({ type, status: state }) => type === "Established" && state === "True") ?? false;

async function establish(
  definition: CustomResourceDefinition,
  all: CustomResourceDefinition[],
  { transport, clock }: DefinitionsOptions,
): Promise<void> {
  const { spec, status, metadata } = definition;
  const others = all.filter((other) => other.spec.group === spec.group && other.metadata.name !== metadata.name);
  const { accepted, condition } = acceptNames(spec.names, status?.acceptedNames ?? {}, others);
  const established = condition.status === "True" || isEstablished(definition);
  const wanted = [
    condition,
    established
      ? { type: "Established", status: "True", reason: "InitialNamesAccepted", message: "the initial names have been accepted" }
      : { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" },
  ];
  const conditions = wanted.map((one) => withTime(one, status?.conditions ?? [], rfc3339(clock.now())));
  const next = { ...status, conditions, acceptedNames: accepted, storedVersions: status?.storedVersions ?? [] };
  if (deepEqual(next, status)) return;
  const cause = causeOf(CustomResourceDefinitions, definition);
  await transport.send({ method: "PUT", path: `${path}/${metadata.name}/status`, body: { ...definition, status: next }, cause });
}

/** Keeps the time of a condition that has not changed. */
function withTime(
  condition: Omit<CustomResourceDefinitionCondition, "lastTransitionTime">,
  old: CustomResourceDefinitionCondition[],
  now: string,
): CustomResourceDefinitionCondition {
  const before = old.find(({ type }) => type === condition.type);
  const { type, status, reason, message } = condition;
  return {
    type,
    status,
    lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? now) : now,
    reason,
    message,
  } as CustomResourceDefinitionCondition;
}

/** Deletes the objects of a definition, then lets the definition go. `again` is called when objects are still going. */
async function cleanUp(definition: CustomResourceDefinition, { caches, transport }: DefinitionsOptions, again: () => void): Promise<void> {
  const { spec, metadata } = definition;
  if (!metadata.finalizers?.includes(cleanupFinalizer)) return;
  const cache = caches.of(keyPrefix({ group: spec.group, resource: spec.names.plural }));
  const version = spec.versions.find((one) => one.served)?.name;
  const objects = version && isEstablished(definition) ? cache.list() : [];
  const cause = causeOf(CustomResourceDefinitions, definition);
  await Promise.all(
    objects
      .filter((stored) => !stored.object.metadata.deletionTimestamp)
      .map(async ({ namespace, name }) => {
        const scope = namespace ? `/namespaces/${namespace}` : "";
        await transport
          .send({ method: "DELETE", path: `/apis/${spec.group}/${version}${scope}/${spec.names.plural}/${name}`, cause })
          .catch((error: unknown) => {
            if (!hasReason(error, "NotFound")) throw error;
          });
      }),
  );
  if (objects.length && cache.size) {
    const waiting = cache.subscribe(caches.revision, {
      onEvents() {
        if (cache.size) return;
        waiting[Symbol.dispose]();
        again();
      },
      onError: again,
    });
    return;
  }
  const finalizers = metadata.finalizers.filter((name) => name !== cleanupFinalizer);
  await transport.send({
    method: "PATCH",
    path: `${path}/${metadata.name}`,
    headers: { "content-type": "application/merge-patch+json" },
    body: { metadata: { finalizers, resourceVersion: metadata.resourceVersion } },
    cause,
  });
}
