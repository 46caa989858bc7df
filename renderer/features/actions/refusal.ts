import { useTranslation } from "react-i18next";
import { useAccess, type AccessCheck } from "../../data/access.ts";
import { useCluster } from "../../data/clusterState.ts";
import { kubectlResource } from "../../data/references.ts";

/** Why an action cannot be used here, naming the missing verb and resource; undefined when it can. */
export function useRefusal(cluster: string, action: { changes: boolean; check?: AccessCheck | undefined }): string | undefined {
  const { t } = useTranslation();
  const access = useAccess(cluster, action.check);
  const summary = useCluster(cluster);
  if (action.changes && summary?.readOnly) return t("actions.readOnly", { cluster: summary.name });
  if (!access || access.allowed || !action.check) return undefined;
  const { verb, resource, subresource, namespace } = action.check;
  const what = subresource ? `${kubectlResource(resource)}/${subresource}` : kubectlResource(resource);
  return namespace ? t("actions.forbiddenIn", { verb, resource: what, namespace }) : t("actions.forbidden", { verb, resource: what });
}
