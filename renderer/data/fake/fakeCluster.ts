import type { ObjectRef } from "../../../shared/contract.ts";

/** An object of the pretend cluster, loosely typed: it is data. */
export interface FakeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    creationTimestamp: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller: boolean }[];
    deletionTimestamp?: string;
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- data of every kind
  spec?: any;
  // oxlint-disable-next-line typescript/no-explicit-any -- data of every kind
  status?: any;
  // oxlint-disable-next-line typescript/no-explicit-any -- data of every kind
  [field: string]: any;
}

export const kinds: { group: string; resource: string; kind: string; namespaced: boolean; scale?: boolean; shortNames?: string[] }[] = [
  { group: "", resource: "nodes", kind: "Node", namespaced: false, shortNames: ["no"] },
  { group: "", resource: "namespaces", kind: "Namespace", namespaced: false, shortNames: ["ns"] },
  { group: "", resource: "pods", kind: "Pod", namespaced: true, shortNames: ["po"] },
  { group: "", resource: "services", kind: "Service", namespaced: true, shortNames: ["svc"] },
  { group: "", resource: "events", kind: "Event", namespaced: true, shortNames: ["ev"] },
  { group: "", resource: "configmaps", kind: "ConfigMap", namespaced: true, shortNames: ["cm"] },
  { group: "", resource: "secrets", kind: "Secret", namespaced: true },
  { group: "", resource: "serviceaccounts", kind: "ServiceAccount", namespaced: true, shortNames: ["sa"] },
  { group: "", resource: "persistentvolumeclaims", kind: "PersistentVolumeClaim", namespaced: true, shortNames: ["pvc"] },
  { group: "apps", resource: "deployments", kind: "Deployment", namespaced: true, scale: true, shortNames: ["deploy"] },
  { group: "apps", resource: "replicasets", kind: "ReplicaSet", namespaced: true, scale: true, shortNames: ["rs"] },
  { group: "apps", resource: "statefulsets", kind: "StatefulSet", namespaced: true, scale: true, shortNames: ["sts"] },
  { group: "apps", resource: "daemonsets", kind: "DaemonSet", namespaced: true, shortNames: ["ds"] },
  { group: "batch", resource: "jobs", kind: "Job", namespaced: true },
  { group: "batch", resource: "cronjobs", kind: "CronJob", namespaced: true },
  { group: "networking.k8s.io", resource: "ingresses", kind: "Ingress", namespaced: true },
  { group: "networking.k8s.io", resource: "networkpolicies", kind: "NetworkPolicy", namespaced: true },
  { group: "discovery.k8s.io", resource: "endpointslices", kind: "EndpointSlice", namespaced: true },
  { group: "storage.k8s.io", resource: "storageclasses", kind: "StorageClass", namespaced: false },
  { group: "scheduling.k8s.io", resource: "priorityclasses", kind: "PriorityClass", namespaced: false },
  { group: "rbac.authorization.k8s.io", resource: "roles", kind: "Role", namespaced: true },
  { group: "rbac.authorization.k8s.io", resource: "clusterroles", kind: "ClusterRole", namespaced: false },
  { group: "example.com", resource: "widgets", kind: "Widget", namespaced: true },
];

export const refOf = (resource: { group: string; resource: string }, object: FakeObject): ObjectRef => ({
  group: resource.group,
  version: "v1",
  resource: resource.resource,
  name: object.metadata.name,
  ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
});

const apiVersion = (group: string) => (group ? `${group}/v1` : "v1");

interface App {
  name: string;
  namespace: string;
  replicas: number;
  image: string;
  port: number;
  labels?: Record<string, string>;
  broken?: boolean;
  type?: string;
  nodePort?: number;
}

const apps: App[] = [
  {
    name: "frontend",
    namespace: "default",
    replicas: 3,
    image: "gcr.io/google_samples/gb-frontend:v5",
    port: 80,
    labels: { app: "guestbook", tier: "frontend" },
    type: "LoadBalancer",
    nodePort: 30823,
  },
  {
    name: "redis-leader",
    namespace: "default",
    replicas: 1,
    image: "docker.io/redis:6.0.5",
    port: 6379,
    labels: { app: "redis", role: "leader", tier: "backend" },
  },
  {
    name: "redis-follower",
    namespace: "default",
    replicas: 2,
    image: "us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower:v2",
    port: 6379,
    labels: { app: "redis", role: "follower", tier: "backend" },
  },
  {
    name: "hello-node",
    namespace: "default",
    replicas: 1,
    image: "registry.k8s.io/e2e-test-images/agnhost:2.53",
    port: 8080,
    type: "LoadBalancer",
    nodePort: 31204,
  },
  { name: "coredns", namespace: "kube-system", replicas: 2, image: "registry.k8s.io/coredns/coredns:v1.12.1", port: 53 },
  { name: "web", namespace: "shop", replicas: 4, image: "ghcr.io/acme/shop-web:2026.11.3", port: 8080, type: "NodePort", nodePort: 30080 },
  { name: "api", namespace: "shop", replicas: 2, image: "ghcr.io/acme/shop-api:2026.11.4-rc1", port: 9000, broken: true },
];

const hash = "bcdfghjklmnpqrstvwxz2456789";

/** A whole pretend cluster: objects, and a little life in them. */
export class FakeCluster {
  readonly objects = new Map<string, FakeObject[]>();
  #listeners = new Set<() => void>();
  #created = 0;
  #seed = 7;

  constructor(options: { pods?: number } = {}) {
    for (const { group, resource } of kinds) this.objects.set(`${group}/${resource}`, []);
    this.#populate();
    for (let index = 0; index < (options.pods ?? 0); index++)
      this.#add("", "pods", `load-${String(index).padStart(5, "0")}`, "default", this.#runningPod(apps[3]!, index), { app: "load" }, index * 1000);
  }

  list(ref: { group: string; resource: string }): FakeObject[] {
    return this.objects.get(`${ref.group}/${ref.resource}`) ?? [];
  }

  find(ref: ObjectRef): FakeObject | undefined {
    return this.list(ref).find((each) => each.metadata.name === ref.name && (each.metadata.namespace ?? "") === (ref.namespace ?? ""));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  random(): number {
    this.#seed = (this.#seed * 1103515245 + 12345) % 2147483648;
    return this.#seed / 2147483648;
  }

  #word(length: number): string {
    return Array.from({ length }, () => hash[Math.floor(this.random() * hash.length)]).join("");
  }

  #add(
    group: string,
    resource: string,
    name: string,
    namespace: string | undefined,
    rest: Partial<FakeObject>,
    labels: Record<string, string> = {},
    age = 3_600_000,
    owner?: FakeObject,
  ): FakeObject {
    const id = ++this.#created;
    const object: FakeObject = {
      apiVersion: apiVersion(group),
      kind: kinds.find((each) => each.group === group && each.resource === resource)!.kind,
      metadata: {
        name,
        ...(namespace ? { namespace } : {}),
        uid: `00000000-0000-4000-8000-${String(id).padStart(12, "0")}`,
        resourceVersion: String(1000 + id),
        creationTimestamp: new Date(Date.now() - age).toISOString(),
        labels,
        ...(owner
          ? {
              ownerReferences: [
                { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid, controller: true },
              ],
            }
          : {}),
      },
      ...rest,
    };
    this.objects.get(`${group}/${resource}`)!.push(object);
    return object;
  }

  #runningPod(app: App, index: number): Partial<FakeObject> {
    const node = index % 2 ? "wherry-2" : "wherry";
    const state = app.broken
      ? { waiting: { reason: "ImagePullBackOff", message: `Back-off pulling image "${app.image}": manifest unknown` } }
      : { running: { startedAt: new Date(Date.now() - 3_000_000).toISOString() } };
    return {
      spec: {
        nodeName: node,
        serviceAccountName: "default",
        restartPolicy: "Always",
        containers: [this.#container(app)],
        volumes: [{ name: "config", configMap: { name: `${app.name}-config` } }],
      },
      status: {
        phase: app.broken ? "Pending" : "Running",
        podIP: `10.244.${node === "wherry" ? 0 : 1}.${20 + (this.#created % 200)}`,
        qosClass: "Burstable",
        conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
          type,
          status: app.broken && /Ready$|^Ready|ContainersReady/.test(type) && type !== "PodReadyToStartContainers" ? "False" : "True",
          ...(app.broken && type === "Ready" ? { reason: "ContainersNotReady", message: "containers with unready status: [api]" } : {}),
          lastTransitionTime: new Date(Date.now() - 3_000_000).toISOString(),
        })),
        containerStatuses: [
          {
            name: app.name,
            image: app.image,
            imageID: "",
            ready: !app.broken,
            restartCount: app.name === "redis-follower" ? 2 : 0,
            state,
            ...(app.name === "redis-follower" ? { lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } } } : {}),
          },
        ],
      },
    };
  }

  #container(app: App) {
    return {
      name: app.name,
      image: app.image,
      ports: [{ containerPort: app.port, protocol: "TCP" }],
      resources: { requests: { cpu: "100m", memory: "100Mi" }, limits: { memory: "256Mi" } },
      readinessProbe: { httpGet: { path: "/healthz", port: app.port } },
      env: [
        { name: "GET_HOSTS_FROM", value: "dns" },
        { name: "REDIS_PASSWORD", valueFrom: { secretKeyRef: { name: "redis-auth", key: "password" } } },
        { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      ],
      volumeMounts: [{ name: "config", mountPath: "/etc/config", readOnly: true }],
    };
  }

  #populate(): void {
    for (const [index, name] of ["wherry", "wherry-2"].entries()) {
      this.#add(
        "",
        "nodes",
        name,
        undefined,
        {
          spec: { podCIDR: `10.244.${index}.0/24` },
          status: {
            capacity: { cpu: "4", memory: "16384Mi", pods: "110", "ephemeral-storage": "240Gi" },
            allocatable: { cpu: "4", memory: "16284Mi", pods: "110", "ephemeral-storage": "228Gi" },
            nodeInfo: {
              kubeletVersion: "v1.36.3",
              containerRuntimeVersion: "docker://20.10.24",
              osImage: "Debian GNU/Linux 12",
              architecture: "amd64",
            },
            addresses: [{ type: "InternalIP", address: `172.18.0.${index + 2}` }],
            conditions: [
              { type: "MemoryPressure", status: "False", reason: "KubeletHasSufficientMemory" },
              { type: "DiskPressure", status: "False" },
              { type: "PIDPressure", status: "False" },
              { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
            ],
          },
        },
        { "kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64" },
      );
    }
    for (const name of ["default", "kube-node-lease", "kube-public", "kube-system", "shop"]) {
      this.#add("", "namespaces", name, undefined, { status: { phase: "Active" } }, { "kubernetes.io/metadata.name": name });
      this.#add("", "configmaps", "kube-root-ca.crt", name, {
        data: { "ca.crt": "-----BEGIN CERTIFICATE-----\nMIIBdjCCAR2gAwIBAgIBADAKBggqhkjOPQQDAjAjMSEwHwYDVQQDDBhrM3Mt\n-----END CERTIFICATE-----" },
      });
      this.#add("", "serviceaccounts", "default", name, {});
    }
    this.#add("", "secrets", "redis-auth", "default", { type: "Opaque", data: { password: "", username: "" } });
    this.#add(
      "",
      "services",
      "kubernetes",
      "default",
      { spec: { type: "ClusterIP", clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443, targetPort: 6443, protocol: "TCP" }] } },
      { component: "apiserver" },
    );
    for (const app of apps) this.#populateApp(app);
    this.#add("", "configmaps", "frontend-config", "default", {
      data: { "php.ini": "memory_limit = 64M\nlog_errors = On\n", GET_HOSTS_FROM: "dns" },
    });
    this.#add("example.com", "widgets", "left-handed", "shop", { spec: { size: 3, colour: "blue" }, status: { phase: "Ready" } });
    this.#add("scheduling.k8s.io", "priorityclasses", "system-node-critical", undefined, { value: 2000001000 });
  }

  #populateApp(app: App): void {
    const labels = app.labels ?? { app: app.name };
    const template = { metadata: { labels }, spec: { containers: [this.#container(app)] } };
    const deployment = this.#add(
      "apps",
      "deployments",
      app.name,
      app.namespace,
      {
        spec: {
          replicas: app.replicas,
          selector: { matchLabels: labels },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
          template,
        },
        status: {},
      },
      { ...labels, "app.kubernetes.io/name": app.name },
    );
    const set = this.#add(
      "apps",
      "replicasets",
      `${app.name}-${this.#word(9)}`,
      app.namespace,
      { spec: { replicas: app.replicas, selector: { matchLabels: labels }, template }, status: {} },
      labels,
      3_500_000,
      deployment,
    );
    for (let index = 0; index < app.replicas; index++)
      this.#add(
        "",
        "pods",
        `${set.metadata.name}-${this.#word(5)}`,
        app.namespace,
        this.#runningPod(app, index),
        labels,
        3_000_000 + index * 61_000,
        set,
      );
    this.#add(
      "",
      "services",
      app.name,
      app.namespace,
      {
        spec: {
          type: app.type ?? "ClusterIP",
          clusterIP: `10.96.${app.port % 250}.${app.name.length * 7}`,
          selector: labels,
          ports: [{ port: app.port, targetPort: app.port, protocol: "TCP", ...(app.nodePort ? { nodePort: app.nodePort } : {}) }],
        },
        status: app.type === "LoadBalancer" ? { loadBalancer: { ingress: [{ ip: "127.0.0.1" }] } } : {},
      },
      labels,
    );
    this.#recount(deployment, set);
    const pods = this.podsOf(set);
    for (const pod of pods) {
      if (app.broken) this.event(pod, "Warning", "Failed", `Failed to pull image "${app.image}": manifest unknown: manifest unknown`, 35, 40_000);
      else this.event(pod, "Normal", "Started", `Started container ${app.name}`, 1, 2_900_000);
    }
    this.event(deployment, "Normal", "ScalingReplicaSet", `Scaled up replica set ${set.metadata.name} from 0 to ${app.replicas}`, 1, 3_500_000);
  }

  event(about: FakeObject, type: string, reason: string, message: string, count = 1, age = 0): void {
    const resource = kinds.find((each) => each.kind === about.kind)!;
    const event = this.#add(
      "",
      "events",
      `${about.metadata.name}.${this.#word(8)}`,
      about.metadata.namespace ?? "default",
      {
        type,
        reason,
        message,
        count,
        involvedObject: { kind: about.kind, ...refOf(resource, about) },
        lastTimestamp: new Date(Date.now() - age).toISOString(),
        source: { component: about.kind === "Pod" ? "kubelet" : "deployment-controller" },
      },
      {},
      age,
    );
    event["about"] = about;
  }

  ownersOf(object: FakeObject): FakeObject[] {
    return (object.metadata.ownerReferences ?? []).flatMap((owner) =>
      [...this.objects.values()].flat().filter((each) => each.metadata.uid === owner.uid),
    );
  }

  isOwnedBy(object: FakeObject, owner: FakeObject): boolean {
    return this.ownersOf(object).some((each) => each === owner || this.isOwnedBy(each, owner));
  }

  podsOf(owner: FakeObject): FakeObject[] {
    return this.list({ group: "", resource: "pods" }).filter((pod) => this.isOwnedBy(pod, owner));
  }

  #recount(deployment: FakeObject, set: FakeObject): void {
    const ready = this.podsOf(set).filter((pod) => pod.status.containerStatuses?.[0]?.ready && !pod.metadata.deletionTimestamp).length;
    for (const object of [deployment, set])
      object.status = {
        ...object.status,
        replicas: object.spec.replicas,
        readyReplicas: ready,
        updatedReplicas: object.spec.replicas,
        availableReplicas: ready,
        conditions:
          object === deployment
            ? [
                {
                  type: "Available",
                  status: ready >= object.spec.replicas ? "True" : "False",
                  reason: "MinimumReplicasAvailable",
                  message: "Deployment has minimum availability.",
                },
                { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
              ]
            : [],
      };
  }

  /** Scales with the little delays of a real cluster. */
  scale(ref: ObjectRef, replicas: number): void {
    const object = this.find(ref)!;
    const set =
      object.kind === "Deployment" ? this.list({ group: "apps", resource: "replicasets" }).find((each) => this.isOwnedBy(each, object))! : object;
    const deployment = object.kind === "Deployment" ? object : (this.ownersOf(object)[0] ?? object);
    object.spec.replicas = replicas;
    set.spec.replicas = replicas;
    const pods = this.podsOf(set).filter((pod) => !pod.metadata.deletionTimestamp);
    const app = apps.find((each) => each.name === deployment.metadata.name) ?? apps[0]!;
    for (let index = pods.length; index < replicas; index++) {
      const running = this.#runningPod(app, index);
      const pod = this.#add(
        "",
        "pods",
        `${set.metadata.name}-${this.#word(5)}`,
        app.namespace,
        {
          spec: running.spec,
          status: {
            phase: "Pending",
            containerStatuses: [{ name: app.name, ready: false, restartCount: 0, state: { waiting: { reason: "ContainerCreating" } } }],
          },
        },
        set.spec.template.metadata.labels,
        0,
        set,
      );
      setTimeout(
        () => {
          pod.status = running.status;
          this.event(pod, "Normal", "Started", `Started container ${app.name}`);
          this.#recount(deployment, set);
          this.changed();
        },
        700 + 350 * (index - pods.length),
      );
    }
    for (const pod of pods.slice(replicas)) this.removePod(pod, deployment, set);
    this.event(deployment, "Normal", "ScalingReplicaSet", `Scaled replica set ${set.metadata.name} to ${replicas}`);
    this.#recount(deployment, set);
    this.changed();
  }

  removePod(pod: FakeObject, deployment?: FakeObject, set?: FakeObject): void {
    pod.metadata.deletionTimestamp = new Date().toISOString();
    setTimeout(() => {
      this.remove(pod);
      if (deployment && set) this.#recount(deployment, set);
      this.changed();
    }, 900);
  }

  remove(object: FakeObject): void {
    for (const [key, list] of this.objects)
      this.objects.set(
        key,
        list.filter((each) => each !== object),
      );
  }
}
