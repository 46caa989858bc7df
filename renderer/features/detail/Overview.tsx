import { useTranslation } from "react-i18next";
import type { Deployment, Node, Pod, PodSpec, Service } from "../../../shared/kubernetes/types.ts";
import type { ObjectMessage, Target } from "../../../shared/contract.ts";
import { builtIn, hasLogs, isResource, isScalable } from "../../data/references.ts";
import { useResource } from "../../data/clusterState.ts";
import { Age } from "../../ui/Age.tsx";
import { Button } from "../../ui/Button.tsx";
import { Fact, Facts, Section } from "../../ui/Section.tsx";
import { ScalePanel } from "../actions/ScaleControl.tsx";
import { EmbeddedList } from "../list/EmbeddedList.tsx";
import { Containers } from "./Containers.tsx";
import { ObjectLink } from "./ObjectLink.tsx";
import { Conditions, ConfigData, Labels, NodeFacts, Related, SecretData, ServiceFacts, ServicePorts, Why } from "./Parts.tsx";
import { conditionsOf, replicasOf, type AnyObject } from "./summary.ts";

const podColumnsLeftOut = ["namespace", "owner", "ip", "cpu", "memory", "node", "restarts"];

function PodFacts({ cluster, pod }: { cluster: string; pod: Pod }) {
  const { t } = useTranslation();
  return (
    <Facts>
      {pod.spec.nodeName ? (
        <Fact name="Node">
          <ObjectLink cluster={cluster} object={{ ...builtIn("", "nodes"), name: pod.spec.nodeName }} />
        </Fact>
      ) : null}
      <Fact name={t("detail.podIP")}>
        <span className="font-mono text-code">{pod.status?.podIP ?? "–"}</span>
      </Fact>
      {pod.spec.serviceAccountName ? (
        <Fact name="ServiceAccount">
          <ObjectLink
            cluster={cluster}
            object={{ ...builtIn("", "serviceaccounts"), namespace: pod.metadata.namespace ?? "", name: pod.spec.serviceAccountName }}
          />
        </Fact>
      ) : null}
      {pod.status?.qosClass ? <Fact name="QoS">{pod.status.qosClass}</Fact> : null}
      <Fact name={t("detail.restartPolicy")}>{pod.spec.restartPolicy ?? "Always"}</Fact>
    </Facts>
  );
}

function WorkloadFacts({ workload }: { workload: Deployment }) {
  const { t } = useTranslation();
  const { spec, status } = workload;
  const rolling = spec?.strategy?.rollingUpdate;
  return (
    <Facts>
      {spec?.strategy?.type ? (
        <Fact name={t("detail.strategy")}>
          {spec.strategy.type + (rolling ? ` (max surge ${String(rolling.maxSurge)}, max unavailable ${String(rolling.maxUnavailable)})` : "")}
        </Fact>
      ) : null}
      <Fact name={t("detail.selector")}>
        <span className="font-mono text-code">
          {Object.entries(spec?.selector?.matchLabels ?? {})
            .map(([name, value]) => `${name}=${value}`)
            .join(",") || "–"}
        </span>
      </Fact>
      {status?.updatedReplicas === undefined ? null : <Fact name={t("detail.updated")}>{status.updatedReplicas}</Fact>}
    </Facts>
  );
}

/** Fields of a spec that are plain values: what a kind without its own page shows. */
function PlainFacts({ object }: { object: AnyObject }) {
  const { t } = useTranslation();
  const plain = Object.entries(object.spec ?? {}).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  if (plain.length === 0) return null;
  return (
    <Section title={t("detail.spec")}>
      <Facts>
        {plain.map(([name, value]) => (
          <Fact key={name} name={name}>
            {String(value)}
          </Fact>
        ))}
      </Facts>
    </Section>
  );
}

const podSpecOf = (object: AnyObject): PodSpec | undefined => {
  const template = object.spec?.["template"] as { spec?: PodSpec } | undefined;
  return template?.spec?.containers ? template.spec : undefined;
};

function KindParts({ target, object }: { target: Target; object: AnyObject }) {
  const { t } = useTranslation();
  const { cluster, object: ref } = target;
  const namespace = ref.namespace ?? "";
  const discovered = useResource(cluster, ref);
  const replicas = replicasOf(object);
  const template = podSpecOf(object);
  if (isResource(ref, "", "pods")) {
    const pod = object as unknown as Pod;
    return (
      <>
        <PodFacts cluster={cluster} pod={pod} />
        <Containers spec={pod.spec} status={pod.status} cluster={cluster} namespace={namespace} />
      </>
    );
  }
  if (isResource(ref, "", "services")) {
    return (
      <>
        <ServicePorts target={target} service={object as unknown as Service} />
        <ServiceFacts service={object as unknown as Service} />
      </>
    );
  }
  if (isResource(ref, "", "nodes")) return <NodeFacts node={object as unknown as Node} />;
  if (isResource(ref, "", "configmaps"))
    return <ConfigData data={{ ...(object["data"] as object | undefined), ...(object["binaryData"] as object | undefined) }} />;
  if (isResource(ref, "", "secrets")) return <SecretData target={target} keys={Object.keys({ ...(object["data"] as object | undefined) })} />;
  return (
    <>
      {replicas !== undefined && isScalable(ref, discovered) ? (
        <Section title={t("scale.replicas")}>
          <ScalePanel target={target} replicas={replicas} ready={(object.status?.["readyReplicas"] as number | undefined) ?? 0} />
        </Section>
      ) : null}
      {hasLogs(ref) ? (
        <Section title="Pods">
          <EmbeddedList
            cluster={cluster}
            resource={builtIn("", "pods")}
            namespace={ref.namespace}
            owner={ref}
            label="Pods"
            omit={podColumnsLeftOut}
            rows={8}
            empty={t("detail.noPods")}
          />
        </Section>
      ) : null}
      {template ? (
        <>
          <WorkloadFacts workload={object as unknown as Deployment} />
          <Containers spec={template} cluster={cluster} namespace={namespace} />
        </>
      ) : (
        <PlainFacts object={object} />
      )}
    </>
  );
}

/** Why, what the kind has to say, conditions, related objects, labels. */
export function Overview({
  target,
  message,
  object,
  onScheduling,
}: {
  target: Target;
  message: ObjectMessage;
  object: AnyObject;
  onScheduling(): void;
}) {
  const { t } = useTranslation();
  const waitsForNode = isResource(target.object, "", "pods") && !object.spec?.["nodeName"];
  const created = object.metadata?.creationTimestamp;
  return (
    <div className="flex max-w-5xl flex-col gap-5 p-4">
      {message.why ? (
        <Why why={message.why} actions={waitsForNode ? <Button onClick={onScheduling}>{t("scheduling.nodeByNode")}</Button> : null} />
      ) : null}
      <KindParts target={target} object={object} />
      <Conditions conditions={conditionsOf(object)} />
      <Related cluster={target.cluster} related={message.related} />
      <Labels target={target} labels={object.metadata?.labels ?? {}} annotations={object.metadata?.annotations ?? {}} />
      <Facts>
        {created ? (
          <Fact name={t("detail.created")}>
            <Age at={Date.parse(created)} /> {t("detail.ago")}
          </Fact>
        ) : null}
        <Fact name="UID">
          <span className="font-mono text-code">{object.metadata?.uid}</span>
        </Fact>
      </Facts>
    </div>
  );
}
