// One object of each important kind that is accepted as it is: mutations of these come far.

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "a", image: "nginx:1", ports: [{ containerPort: 80 }] }] } };
const selector = { matchLabels: { app: "web" } };
const metadata = { name: "web", labels: { app: "web" } };

export const samples: Record<string, object> = {
  Pod: { metadata, spec: template.spec },
  ConfigMap: { metadata, data: { a: "b" } },
  Secret: { metadata, stringData: { a: "b" } },
  Service: { metadata, spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] } },
  ServiceAccount: { metadata },
  Namespace: { metadata },
  Node: { metadata, spec: { taints: [{ key: "a", effect: "NoSchedule" }] }, status: { capacity: { cpu: "1", memory: "1Gi", pods: "10" } } },
  PersistentVolumeClaim: { metadata, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  PersistentVolume: { metadata, spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/tmp/x" } } },
  ResourceQuota: { metadata, spec: { hard: { pods: "100" } } },
  LimitRange: { metadata, spec: { limits: [{ type: "Container", default: { cpu: "1" } }] } },
  Deployment: { metadata, spec: { replicas: 1, selector, template } },
  ReplicaSet: { metadata, spec: { replicas: 1, selector, template } },
  StatefulSet: { metadata, spec: { serviceName: "web", selector, template } },
  DaemonSet: { metadata, spec: { selector, template } },
  Job: { metadata, spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } },
  CronJob: {
    metadata,
    spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } } },
  },
  Ingress: {
    metadata,
    spec: { rules: [{ http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } }] } }] },
  },
  NetworkPolicy: { metadata, spec: { podSelector: {}, ingress: [{ from: [{ podSelector: selector }] }] } },
  HorizontalPodAutoscaler: { metadata, spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } } },
  PodDisruptionBudget: { metadata, spec: { minAvailable: "50%", selector } },
  Role: { metadata, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
  ClusterRole: { metadata, rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }], aggregationRule: { clusterRoleSelectors: [selector] } },
  RoleBinding: {
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "web" },
    subjects: [{ kind: "User", name: "a", apiGroup: "rbac.authorization.k8s.io" }],
  },
  StorageClass: { metadata, provisioner: "x.example/y" },
  Lease: { metadata, spec: { holderIdentity: "a", leaseDurationSeconds: 15 } },
  PriorityClass: { metadata, value: 10 },
  Event: { metadata, involvedObject: { namespace: "default", kind: "Pod", name: "a" }, reason: "Fuzzed", message: "m", type: "Normal" },
  EndpointSlice: { metadata, addressType: "IPv4", endpoints: [{ addresses: ["10.244.0.9"] }], ports: [{ port: 80 }] },
  CustomResourceDefinition: {
    metadata: { name: "webs.fuzz.example" },
    spec: {
      group: "fuzz.example",
      scope: "Namespaced",
      names: { plural: "webs", singular: "web", kind: "Web" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: {
                spec: {
                  type: "object",
                  properties: { n: { type: "integer", default: 1, maximum: 9 } },
                  "x-kubernetes-validations": [{ rule: "self.n < 9" }],
                },
              },
            },
          },
          additionalPrinterColumns: [{ name: "N", type: "integer", jsonPath: ".spec.n" }],
        },
      ],
    },
  },
  ValidatingAdmissionPolicy: {
    metadata,
    spec: {
      matchConstraints: { resourceRules: [{ apiGroups: ["fuzz.example"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["webs"] }] },
      validations: [{ expression: "object.metadata.name != 'x'" }],
    },
  },
  SubjectAccessReview: { spec: { user: "a", resourceAttributes: { verb: "get", resource: "pods", namespace: "default" } } },
  SelfSubjectAccessReview: { spec: { resourceAttributes: { verb: "get", resource: "pods" } } },
  TokenReview: { spec: { token: "x" } },
  TokenRequest: { spec: { audiences: ["a"], expirationSeconds: 600 } },
  Scale: { metadata, spec: { replicas: 2 } },
  Eviction: { metadata },
  Binding: { metadata, target: { kind: "Node", name: "a" } },
};
