import { CircleSlash, FileUp, FilterX, Inbox, LockKeyhole } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ResourceRef } from "../../../shared/contract.ts";
import type { ViewState } from "../../data/viewState.ts";
import { kubectlResource } from "../../data/references.ts";
import { Button } from "../../ui/Button.tsx";
import { EmptyState, Skeleton } from "../../ui/Notice.tsx";

interface EmptyListProps {
  state: ViewState;
  resource: ResourceRef;
  kinds: string;
  namespaces: readonly string[];
  onClearFilter(): void;
  onAllNamespaces(): void;
  onOpenFiles(): void;
}

/** Why the list is empty, with the action that fits. */
export function EmptyList({ state, resource, kinds, namespaces, onClearFilter, onAllNamespaces, onOpenFiles }: EmptyListProps) {
  const { t } = useTranslation();
  const { freshness, total } = state;
  if (freshness.state === "loading") {
    return (
      <div aria-hidden className="flex flex-col gap-4 p-4">
        {Array.from({ length: 6 }, (_, index) => (
          <Skeleton key={index} className={index % 2 ? "w-2/5" : "w-3/5"} />
        ))}
      </div>
    );
  }
  if (freshness.state === "forbidden") {
    const missing = freshness.missing ?? { verb: "list", resource: kubectlResource(resource) };
    return (
      <EmptyState
        icon={LockKeyhole}
        title={t("empty.forbidden", { kinds })}
        actions={namespaces.length === 0 ? undefined : <Button onClick={onAllNamespaces}>{t("empty.allNamespaces")}</Button>}
      >
        <p>{missing.namespace ? t("empty.missingIn", { ...missing, namespace: missing.namespace }) : t("empty.missing", missing)}</p>
        {freshness.message ? <p className="mt-2 font-mono text-code">{freshness.message}</p> : null}
      </EmptyState>
    );
  }
  if (freshness.state === "failed") {
    return (
      <EmptyState icon={CircleSlash} title={t("empty.failed", { kinds })}>
        {freshness.message}
      </EmptyState>
    );
  }
  if (total > 0) {
    return (
      <EmptyState
        icon={FilterX}
        title={t("empty.hidden", { count: total, kinds })}
        actions={<Button onClick={onClearFilter}>{t("list.clearFilter")}</Button>}
      >
        {t("empty.hiddenBody")}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={Inbox}
      title={namespaces.length > 0 ? t("empty.noneIn", { kinds, namespaces: namespaces.join(", ") }) : t("empty.none", { kinds })}
      actions={
        <>
          {namespaces.length > 0 ? <Button onClick={onAllNamespaces}>{t("empty.allNamespaces")}</Button> : null}
          <Button icon={FileUp} variant={namespaces.length > 0 ? "secondary" : "primary"} onClick={onOpenFiles}>
            {t("drop.openFiles")}
          </Button>
        </>
      }
    >
      {t("empty.noneBody")}
    </EmptyState>
  );
}
