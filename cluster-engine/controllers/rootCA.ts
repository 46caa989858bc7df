import { ConfigMaps, Namespaces } from "../api/resources.ts";
import { hasReason } from "../api/statusError.ts";
import { runReconciler, source } from "../client/reconciler.ts";
import { semanticEqual } from "./equality.ts";
import { isNamespaceTerminating } from "./podControl.ts";
import { loopOptions, type Controller } from "./types.ts";

const name = "kube-root-ca.crt";

const annotations = {
  "kubernetes.io/description":
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
};

/** Publishes the cluster's CA to every active namespace. */
export const rootCAPublisher: Controller = {
  name: "root-ca-certificate-publisher-controller",
  account: "root-ca-cert-publisher",
  start(context) {
    const namespaces = context.informers.of(Namespaces);
    const configMaps = context.informers.of(ConfigMaps);
    const data = { "ca.crt": context.inputs.rootCA };
    return runReconciler({
      ...loopOptions(context),
      name: "root-ca",
      sources: [source(namespaces), source(configMaps, (configMap) => (configMap.metadata.name === name ? [configMap.metadata.namespace] : []))],
      async reconcile(namespace, { client }) {
        if (!namespaces.get(namespace) || namespaces.get(namespace)?.status?.phase === "Terminating") return;
        const current = configMaps.get({ namespace, name });
        if (current && semanticEqual(current.data, data) && current.metadata.annotations?.["kubernetes.io/description"]) return;
        try {
          if (!current) await client.resource(ConfigMaps).create({ metadata: { name, namespace, annotations }, data });
          else
            await client
              .resource(ConfigMaps)
              .update({ ...current, metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, ...annotations } }, data });
        } catch (error) {
          if (!hasReason(error, "AlreadyExists") && !isNamespaceTerminating(error)) throw error;
        }
      },
    });
  },
};
