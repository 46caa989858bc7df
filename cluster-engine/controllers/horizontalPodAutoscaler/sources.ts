import type { MetricIdentifier, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus, Pod } from "../../../shared/kubernetes/types.ts";
import { parseQuantity, Quantity } from "../../api/quantity.ts";
import { goSelector } from "../goSelector.ts";
import { messageOf } from "../podControl.ts";
import { fromPods, fromShare, fromValue, type Proposal, type Tolerances } from "./calculator.ts";
import type { MetricsApi } from "./metricsApi.ts";

/** What a metric is evaluated for. */
export interface Subject {
  api: MetricsApi;
  namespace: string;
  /** Of the target's pods, and those pods. */
  selector: string;
  pods: Pod[];
  /** As the target's scale has them in spec and status. */
  replicas: number;
  present: number;
  tolerances: Tolerances;
  /** ms */
  now: number;
}

export interface MetricProposal {
  replicas: number;
  /** As messages name the metric. */
  name: string;
  status: MetricStatus;
}

/** A metric that can't be had: the reason of the condition, its message in short, and in full as the message. */
export class MetricError extends Error {
  override name = "MetricError";
  readonly reason: string;
  readonly brief: string;

  constructor(reason: string, brief: string, message: string) {
    super(message);
    this.reason = reason;
    this.brief = brief;
  }
}

interface Source {
  reason: string;
  /** @throws Error, or Detailed when the full message says more */
  propose(subject: Subject, spec: MetricSpec): Promise<MetricProposal>;
  /** Begins the full message. */
  failure(spec: MetricSpec): string;
}

/** The message in full says which metric; the condition's does not. */
class Detailed extends Error {
  readonly detail: string;

  constructor(detail: string, cause: unknown) {
    super(messageOf(cause));
    this.detail = detail;
  }
}

/** @throws MetricError */
export async function proposeFor(subject: Subject, spec: MetricSpec): Promise<MetricProposal> {
  const source = sources[spec.type];
  if (!source) {
    const message = `unknown metric source type ${JSON.stringify(spec.type)}`;
    throw new MetricError("InvalidMetricSourceType", message, message);
  }
  try {
    return await source.propose(subject, spec);
  } catch (error) {
    const brief = messageOf(error);
    const inner = error instanceof Detailed ? `${error.detail}: ${brief}` : brief;
    throw new MetricError(source.reason, brief, `${source.failure(spec)}: ${inner}`);
  }
}

const sources: Record<string, Source> = {
  Resource: {
    reason: "FailedGetResourceMetric",
    failure: ({ resource }) => `failed to get ${resource!.name} resource metric value`,
    async propose(subject, { type, resource }) {
      const { name, target } = resource!;
      const { replicas, current, isUtilization } = await resourceUse(subject, name, target);
      const label = isUtilization ? `${name} resource utilization (percentage of request)` : `${name} resource`;
      return { replicas, name: label, status: { type, resource: { name, current } } };
    },
  },
  ContainerResource: {
    reason: "FailedGetContainerResourceMetric",
    failure: ({ containerResource }) => `failed to get ${containerResource!.container} container metric value`,
    async propose(subject, { type, containerResource }) {
      const { name, container, target } = containerResource!;
      const { replicas, current, isUtilization } = await resourceUse(subject, name, target, container);
      const label = isUtilization ? `${name} container resource utilization (percentage of request)` : `${name} resource`;
      return { replicas, name: label, status: { type, containerResource: { name, container, current } } };
    },
  },
  Pods: {
    reason: "FailedGetPodsMetric",
    failure: () => "failed to get pods metric value",
    async propose({ api, namespace, selector, ...subject }, { type, pods }) {
      const { metric, target } = pods!;
      const metrics = await inFull(`unable to get metric ${metric.name}`, api.pods(namespace, selector, metric));
      const { replicas, average } = fromPods({ ...subject, current: subject.replicas, metrics, target: { average: milli(target.averageValue!) } });
      return { replicas, name: `pods metric ${metric.name}`, status: { type, pods: { metric, current: { averageValue: decimal(average) } } } };
    },
  },
  Object: {
    reason: "FailedGetObjectMetric",
    failure: () => "failed to get object metric value",
    async propose(subject, { type, object }) {
      const { api, namespace } = subject;
      const { describedObject, metric, target } = object!;
      const read = async () => {
        const value = api.object(namespace, describedObject, metric);
        return value.catch((error: unknown) => {
          const { kind, name } = describedObject;
          throw new Error(`unable to get metric ${metric.name}: ${kind} on ${namespace} ${name}/${messageOf(error)}`);
        });
      };
      const names = { value: `${describedObject.kind} metric ${metric.name}`, detail: `failed to get ${metric.name} object metric` };
      const { replicas, name, current } = await whole(subject, { kind: "object", target, metric, read, names });
      return { replicas, name, status: { type, object: { describedObject, metric, current } } };
    },
  },
  External: {
    reason: "FailedGetExternalMetric",
    failure: ({ external }) => `failed to get ${external!.metric.name} external metric value`,
    async propose(subject, { type, external }) {
      const { api, namespace } = subject;
      const { metric, target } = external!;
      const read = () =>
        inFull(`unable to get external metric ${namespace}/${metric.name}/${goSelector(metric.selector)}`, api.external(namespace, metric));
      const names = {
        value: externalName(metric),
        detail: `failed to get ${metric.name} external metric`,
        valueDetail: `failed to get external metric ${metric.name}`,
      };
      const { replicas, name, current } = await whole(subject, { kind: "external", target, metric, read, names });
      return { replicas, name, status: { type, external: { metric, current } } };
    },
  },
};

async function resourceUse({ api, namespace, selector, ...subject }: Subject, resource: string, target: MetricTarget, container?: string) {
  const isUtilization = target.averageValue === undefined;
  if (isUtilization && target.averageUtilization === undefined)
    throw new Error("invalid resource metric source: neither an average utilization target nor an average value (usage) target was set");
  const wanted = isUtilization ? { utilization: target.averageUtilization! } : { average: milli(target.averageValue!) };
  const compute = async (): Promise<Proposal> => {
    const metrics = await inFull(`unable to get metrics for resource ${resource}`, api.resource(namespace, selector, resource, container));
    return fromPods({ ...subject, current: subject.replicas, metrics, resource, container, target: wanted });
  };
  const { replicas, utilization, average } = await inFull(`failed to get ${resource} ${isUtilization ? "utilization" : "usage"}`, compute());
  const averageValue = new Quantity(BigInt(average) * 1_000_000n, resource === "memory" ? "BinarySI" : "DecimalSI").toString();
  const current: MetricValueStatus = isUtilization ? { averageUtilization: utilization, averageValue } : { averageValue };
  return { replicas, current, isUtilization };
}

interface Whole {
  kind: "object" | "external";
  target: MetricTarget;
  metric: MetricIdentifier;
  read(): Promise<number>;
  names: { value: string; detail: string; valueDetail?: string };
}

/** A metric with one value for all pods: as it is, or shared among them. */
async function whole(
  subject: Subject,
  { kind, target, metric, read, names }: Whole,
): Promise<{ replicas: number; name: string; current: MetricValueStatus }> {
  if (target.averageValue !== undefined) {
    const value = await detailed(names.detail, read());
    const { replicas, average } = fromShare(value, milli(target.averageValue), subject);
    return { replicas, name: externalName(metric), current: { averageValue: decimal(average) } };
  }
  if (target.value === undefined) throw new Error(`invalid ${kind} metric source: neither a value target nor an average value target was set`);
  const compute = async () => {
    const value = await read();
    return { value, replicas: fromValue(value, milli(target.value!), { ...subject, current: subject.replicas }) };
  };
  const { value, replicas } = await (names.valueDetail ? detailed(names.valueDetail, compute()) : compute());
  return { replicas, name: names.value, current: { value: decimal(value) } };
}

const milli = (quantity: string | number): number => parseQuantity(quantity).milli();

const decimal = (thousandths: number): string => new Quantity(BigInt(thousandths) * 1_000_000n, "DecimalSI").toString();

const inFull = <T>(prefix: string, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw new Error(`${prefix}: ${messageOf(error)}`, { cause: error });
  });

const detailed = <T>(detail: string, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw new Detailed(detail, error);
  });

const externalName = ({ name, selector }: MetricIdentifier): string => `external metric ${name}(${goSelector(selector)})`;
