import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { ViewMessage } from "../../../shared/contract.ts";
import { useCluster } from "../../data/clusterState.ts";
import { useCommands } from "../../data/useCommands.ts";
import { useTimeText } from "../../ui/Age.tsx";
import { Button } from "../../ui/Button.tsx";
import { formatAge } from "../../ui/format.ts";
import { Notice } from "../../ui/Notice.tsx";

/** Seconds until the next try, counted down. */
function useCountdown(retryAt: number | undefined): string {
  return useTimeText(useCallback((now: number) => (retryAt ? formatAge(Math.max(0, retryAt - now)) : ""), [retryAt]));
}

/** How old what is shown is, why, and when it is tried again; nothing while it is live. */
export function FreshnessNotice({ cluster, freshness }: { cluster: string; freshness: NonNullable<ViewMessage["freshness"]> }) {
  const { t } = useTranslation();
  const summary = useCluster(cluster);
  const { connect } = useCommands();
  const problem = summary?.problem;
  const age = useTimeText(useCallback((now: number) => (freshness.at ? formatAge(now - freshness.at) : ""), [freshness.at]));
  const retry = useCountdown(problem?.retryAt);
  if (freshness.state !== "stale") return null;
  return (
    <Notice
      tone="warning"
      className="mx-4 my-3"
      title={age ? t("freshness.staleSince", { age }) : t("freshness.stale")}
      actions={<Button onClick={() => void connect(cluster)}>{t("clusters.retry")}</Button>}
    >
      {problem ? `${t(`causes.${problem.cause}`)}: ${problem.message}` : freshness.message}
      {problem?.retryAt ? `. ${t("freshness.retryIn", { time: retry })}` : ""}
    </Notice>
  );
}
