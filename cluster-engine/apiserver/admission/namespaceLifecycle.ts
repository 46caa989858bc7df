import { Namespaces } from "../../api/resources.ts";
import { forbidden, notFound } from "../request/statusErrors.ts";
import { refusal } from "./refusal.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

const immortal = ["default", "kube-system", "kube-public"];

const isReview = ({ resource }: AdmissionAttributes): boolean =>
  resource.group === "authorization.k8s.io" && resource.resource === "localsubjectaccessreviews";

/** Nothing is created in a namespace that is not there or is going; some namespaces can't be deleted. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: "NamespaceLifecycle",
  async admit(attributes, context) {
    const { operation, namespace, name, resource } = attributes;
    if (resource.group === "" && resource.resource === "namespaces") {
      if (operation === "DELETE" && immortal.includes(name)) throw forbidden(resource, name, "this namespace may not be deleted");
      return;
    }
    if (!namespace || operation === "DELETE" || isReview(attributes)) return;
    const found = await context.lookup(Namespaces, { name: namespace });
    if (!found) throw notFound(Namespaces, namespace);
    if (operation !== "CREATE" || found.status?.phase !== "Terminating") return;
    const error = refusal(attributes, `unable to create new content in namespace ${namespace} because it is being terminated`);
    error.status.details!.causes = [
      { reason: "NamespaceTerminating", message: `namespace ${namespace} is being terminated`, field: "metadata.namespace" },
    ];
    throw error;
  },
};
