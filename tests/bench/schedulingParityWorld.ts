import type { Random } from "../../cluster-engine/base/random.ts";
import type { Affinity, Container, LabelSelector, PodAffinityTerm, PodSpec, Taint, TopologySpreadConstraint } from "../../shared/kubernetes/types.ts";

/** A random world for schedulers: nodes, pods on them, and pods to place; the same for the same seed. */
export class RandomWorld {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  pick<T>(...choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  maybe(share: number): boolean {
    return this.#random.next() < share;
  }

  namespace(): string {
    return this.pick("one", "one", "two");
  }

  labels(): Record<string, string> {
    return { app: this.pick("web", "db", "cache") };
  }

  node(i: number): { labels: Record<string, string>; taints: Taint[] | null; unschedulable: boolean; status: object } {
    const labels: Record<string, string> = { "kubernetes.io/hostname": `n${i}`, disk: this.pick("ssd", "hdd"), rank: String(this.below(5)) };
    // Some nodes are in no zone.
    if (i % 6 !== 5) labels["topology.kubernetes.io/zone"] = `z${i % 3}`;
    const effect = this.pick("NoSchedule", "PreferNoSchedule", "NoExecute");
    const taints: Taint[] | null = this.maybe(0.3) ? [{ key: "k", value: this.pick("a", "b"), effect }] : null;
    const allocatable = {
      cpu: this.pick("2", "4", "3500m"),
      memory: this.pick("4Gi", "8Gi", "6000Mi"),
      pods: this.pick("6", "20"),
      "ephemeral-storage": "10Gi",
      "example.com/gpu": this.pick("0", "2", "4"),
    };
    const known = [
      { names: ["web:1"], sizeBytes: 900 * 2 ** 20 },
      { names: ["db:2"], sizeBytes: 400 * 2 ** 20 },
    ];
    const conditions = [{ type: "Ready", status: "True" }];
    const status = { capacity: allocatable, allocatable, images: known.filter(() => this.maybe(0.5)), conditions };
    return { labels, taints, unschedulable: this.maybe(0.1), status };
  }

  /** What a pod that is on a node already asks for. */
  placedSpec(): PodSpec {
    const spec: PodSpec = { containers: [this.#container(["250m", "500m", "700m", "50m"], ["64Mi", "256Mi", "1Gi"])] };
    const affinity = this.#podAffinity(0.2);
    return Object.keys(affinity).length > 0 ? { ...spec, affinity } : spec;
  }

  /** What a pod that is to be placed asks for; one in a few can't be. */
  wantedSpec(): PodSpec {
    const spec: PodSpec = { containers: [this.#container(["100m", "500m", "1500m", "3"], ["64Mi", "1Gi", "5Gi"])] };
    if (this.maybe(0.15)) {
      const restartPolicy = this.maybe(0.5) ? { restartPolicy: "Always" as const } : {};
      spec.initContainers = [{ name: "i", image: "db:2", resources: { requests: { cpu: this.pick("800m", "100m") } }, ...restartPolicy }];
    }
    if (this.maybe(0.2)) spec.nodeSelector = { disk: this.pick("ssd", "hdd") };
    if (this.maybe(0.3))
      spec.tolerations = [
        this.pick({ key: "k", operator: "Exists" }, { key: "k", operator: "Equal", value: "a" }, { operator: "Exists", effect: "PreferNoSchedule" }),
      ];
    if (this.maybe(0.35)) spec.topologySpreadConstraints = this.#constraints();
    const affinity = { ...this.#podAffinity(0.5), ...(this.maybe(0.25) ? { nodeAffinity: this.#nodeAffinity() } : {}) };
    return Object.keys(affinity).length > 0 ? { ...spec, affinity } : spec;
  }

  #container(cpu: string[], memory: string[]): Container {
    const requests: Record<string, string> = {};
    if (this.maybe(0.8)) requests["cpu"] = this.pick(...cpu);
    if (this.maybe(0.7)) requests["memory"] = this.pick(...memory);
    const gpu: Record<string, string> = this.maybe(0.1) ? { "example.com/gpu": this.pick("1", "2") } : {};
    const ports = [{ containerPort: 80, hostPort: this.pick(80, 81), protocol: this.pick("TCP" as const, "UDP" as const) }];
    return {
      name: "c",
      image: this.pick("web:1", "db:2", "web"),
      resources: { requests: { ...requests, ...gpu }, limits: gpu },
      ...(this.maybe(0.15) ? { ports } : {}),
    };
  }

  #selector(): LabelSelector {
    const { app } = this.labels();
    const key = "app";
    return this.pick<LabelSelector>(
      { matchLabels: { app: app! } },
      { matchExpressions: [{ key, operator: "NotIn", values: [app!] }] },
      { matchExpressions: [{ key, operator: "Exists" }] },
    );
  }

  #term(): PodAffinityTerm {
    return {
      topologyKey: this.pick("kubernetes.io/hostname", "topology.kubernetes.io/zone", "disk"),
      labelSelector: this.#selector(),
      ...(this.maybe(0.2) ? { namespaces: [this.namespace()] } : {}),
      ...(this.maybe(0.15) ? { namespaceSelector: this.pick({}, { matchLabels: { team: "two" } }) } : {}),
    };
  }

  #podAffinity(hardShare: number): Affinity {
    const terms = (hard: number) => ({
      ...(this.maybe(hard) ? { requiredDuringSchedulingIgnoredDuringExecution: [this.#term()] } : {}),
      ...(this.maybe(0.7)
        ? { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1 + this.below(100), podAffinityTerm: this.#term() }] }
        : {}),
    });
    return {
      ...(this.maybe(0.2) ? { podAffinity: terms(0.5) } : {}),
      ...(this.maybe(0.2) ? { podAntiAffinity: terms(hardShare) } : {}),
    };
  }

  #nodeAffinity(): Affinity["nodeAffinity"] {
    const rank = { key: "rank", operator: this.pick("Gt" as const, "Lt" as const), values: [String(this.below(5))] };
    const disk = { key: "disk", operator: "In" as const, values: [this.pick("ssd", "hdd")] };
    return {
      ...(this.maybe(0.4) ? { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [rank] }] } } : {}),
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1 + this.below(100), preference: { matchExpressions: [disk] } }],
    };
  }

  #constraints(): TopologySpreadConstraint[] {
    const keys = [this.pick("kubernetes.io/hostname", "topology.kubernetes.io/zone"), "disk"].slice(0, 1 + this.below(2));
    return keys.map((topologyKey): TopologySpreadConstraint => {
      const whenUnsatisfiable = this.pick("DoNotSchedule" as const, "ScheduleAnyway" as const);
      const policies = {
        nodeAffinityPolicy: this.pick("Honor" as const, "Ignore" as const),
        nodeTaintsPolicy: this.pick("Honor" as const, "Ignore" as const),
      };
      return {
        maxSkew: 1 + this.below(3),
        topologyKey,
        whenUnsatisfiable,
        labelSelector: this.#selector(),
        ...(this.maybe(0.3) ? policies : {}),
        ...(whenUnsatisfiable === "DoNotSchedule" && this.maybe(0.3) ? { minDomains: 2 + this.below(3) } : {}),
      };
    });
  }
}
