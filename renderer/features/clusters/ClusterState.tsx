import { CloudOff, KeyRound, LoaderCircle } from "lucide-react";
import { useCallback, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useCluster, useEngine } from "../../data/clusterState.ts";
import { useCommands } from "../../data/useCommands.ts";
import { useTimeText } from "../../ui/Age.tsx";
import { Button } from "../../ui/Button.tsx";
import { formatAge } from "../../ui/format.ts";
import { EmptyState } from "../../ui/Notice.tsx";
import { EngineNotice, StartingSteps } from "./EngineState.tsx";

/** What is shown in place of a screen that never had data because its cluster does not answer. */
export function ClusterState({ cluster, hasData, children }: { cluster: string; hasData: boolean; children: ReactNode }) {
  const { t } = useTranslation();
  const summary = useCluster(cluster);
  const engine = useEngine();
  const { connect } = useCommands();
  const retryAt = summary?.problem?.retryAt;
  const retry = useTimeText(useCallback((now: number) => (retryAt ? formatAge(Math.max(0, retryAt - now)) : ""), [retryAt]));
  if (hasData || !summary || summary.phase === "ready" || summary.phase === "idle") return children;
  if (summary.kind === "local" && engine && engine.phase !== "ready") {
    return (
      <div className="mx-auto flex h-full max-w-2xl flex-col gap-4 overflow-y-auto px-6 py-8">
        <h1 className="text-page font-semibold">{summary.name}</h1>
        <EngineNotice engine={engine} />
        <StartingSteps engine={engine} />
      </div>
    );
  }
  if (summary.phase === "connecting")
    return (
      <EmptyState icon={LoaderCircle} title={t("clusters.connecting", { name: summary.name })}>
        {summary.server}
      </EmptyState>
    );
  const unauthorized = summary.phase === "unauthorized";
  return (
    <EmptyState
      icon={unauthorized ? KeyRound : CloudOff}
      title={unauthorized ? t("clusters.unauthorized", { name: summary.name }) : t("clusters.down", { name: summary.name })}
      actions={
        <Button variant="primary" onClick={() => void connect(cluster)}>
          {unauthorized ? t("clusters.signIn") : t("clusters.retry")}
        </Button>
      }
    >
      <p>{summary.server}</p>
      {summary.problem ? (
        <p className="mt-1">
          {t(`causes.${summary.problem.cause}`)}: {summary.problem.message}
        </p>
      ) : null}
      {retryAt ? <p className="mt-1 tabular-nums">{t("freshness.retryIn", { time: retry })}</p> : null}
    </EmptyState>
  );
}
