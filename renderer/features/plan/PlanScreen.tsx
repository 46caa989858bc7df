import { CircleSlash, RefreshCw, Undo2 } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlanItem } from "../../../shared/contract.ts";
import { keysOf } from "../../app/keys.ts";
import { pathTo } from "../../app/routes.ts";
import { useWorkspace } from "../../app/workspace.ts";
import { useCluster, useResource } from "../../data/clusterState.ts";
import { builtIn } from "../../data/references.ts";
import { useReceipts } from "../../data/receipts.ts";
import { useCommands } from "../../data/useCommands.ts";
import { useTimeText } from "../../ui/Age.tsx";
import { Button } from "../../ui/Button.tsx";
import { classNames } from "../../ui/classNames.ts";
import { Checkbox, Segmented } from "../../ui/fields.tsx";
import { formatDuration } from "../../ui/format.ts";
import { announce } from "../../ui/LiveRegion.tsx";
import { EmptyState, Notice, Skeleton } from "../../ui/Notice.tsx";
import { useQuestions } from "../actions/questions.ts";
import { Chain } from "../history/Chain.tsx";
import { actionLooks, PlanRow } from "./PlanRow.tsx";
import { countActions, itemsToApply, usePlans, type PlanState } from "./plans.ts";
import { useApplyPlan } from "./useApplyPlan.ts";
import { useRemakePlan } from "./useMakePlan.ts";

const actions: readonly PlanItem["action"][] = ["create", "change", "same", "conflict", "invalid"];

function Counts({ state }: { state: PlanState }) {
  const { t } = useTranslation();
  const counts = countActions(state.plan!);
  return (
    <ul aria-label={t("plan.summary")} className="flex flex-wrap gap-x-4 gap-y-1">
      {actions
        .filter((action) => counts[action] > 0)
        .map((action) => {
          const { icon: Icon, text } = actionLooks[action];
          return (
            <li key={action} className={classNames("flex items-center gap-1.5", text)}>
              <Icon size={14} aria-hidden />
              {t(`plan.counts.${action}`, { count: counts[action] })}
            </li>
          );
        })}
    </ul>
  );
}

function Elapsed({ since }: { since: number }) {
  return (
    <span className="text-muted-foreground tabular-nums">
      {useTimeText(useCallback((now: number) => formatDuration(Math.max(0, Math.round((now - since) / 1000) * 1000)), [since]))}
    </span>
  );
}

function ReviewBar({ state }: { state: PlanState }) {
  const { t } = useTranslation();
  const apply = useApplyPlan();
  const remake = useRemakePlan();
  const { change } = usePlans.getState();
  const cluster = useCluster(state.cluster);
  const items = itemsToApply(state);
  const counts = countActions(state.plan!);
  const start = async () => {
    if (cluster?.protected) {
      const yes = await useQuestions.getState().ask({
        title: t("questions.applyTitle", { count: items.length }),
        body: t("questions.applyBody", { cluster: cluster.name }),
        action: t("plan.apply"),
        danger: false,
        typeName: cluster.name,
      });
      if (!yes) return;
    }
    apply(state.id);
  };
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && items.length > 0 && !cluster?.readOnly) void start();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
  return (
    <>
      {counts.conflict > 0 ? (
        <Checkbox label={t("plan.force")} checked={state.force} onChange={(event) => change(state.id, { force: event.target.checked })} />
      ) : null}
      <span className="flex-1" />
      <Button icon={RefreshCw} variant="ghost" onClick={() => remake(state.id)}>
        {t("plan.again")}
      </Button>
      <Button
        variant="primary"
        keys={keysOf("review")}
        disabled={items.length === 0}
        refused={cluster?.readOnly ? t("actions.readOnly", { cluster: cluster.name }) : undefined}
        onClick={() => void start()}
      >
        {t("plan.applyCount", { count: items.length })}
      </Button>
    </>
  );
}

function ProgressBar({ state }: { state: PlanState }) {
  const { t } = useTranslation();
  const { undo } = useCommands();
  const undone = useReceipts(({ list }) => list.find((each) => each.id === state.receipt?.id)?.undone ?? false);
  const navigate = useWorkspace((workspace) => workspace.navigate);
  const all = [...state.progress.values()];
  const ready = all.filter((each) => each.state === "ready").length;
  const failed = all.filter((each) => each.state === "failed").length;
  const text = failed > 0 ? t("plan.readyAndFailed", { ready, count: all.length, failed }) : t("plan.readyOf", { ready, count: all.length });
  const spoken = t("plan.spoken", { ready, count: all.length, failed });
  useEffect(() => announce(`plan ${state.id}`, spoken), [state.id, spoken]);
  return (
    <>
      <span className="font-medium">{text}</span>
      {state.phase === "applying" && state.startedAt ? <Elapsed since={state.startedAt} /> : null}
      <div
        role="progressbar"
        aria-label={t("plan.progress")}
        aria-valuemin={0}
        aria-valuemax={all.length}
        aria-valuenow={ready + failed}
        className="h-1.5 min-w-24 flex-1 overflow-hidden rounded-full bg-border"
      >
        <div
          className={classNames("h-full rounded-full transition-[width]", failed > 0 ? "bg-failed-icon" : "bg-running-icon")}
          style={{ width: `${all.length ? ((ready + failed) / all.length) * 100 : 0}%` }}
        />
      </div>
      {state.receipt?.undoable ? (
        <Button icon={Undo2} disabled={undone} onClick={() => void undo(state.receipt!)}>
          {undone ? t("plan.undone") : t("plan.undoAll")}
        </Button>
      ) : null}
      <Button variant={state.phase === "done" ? "primary" : "secondary"} onClick={() => navigate(pathTo.list(state.cluster, builtIn("", "pods")))}>
        {t("plan.showPods")}
      </Button>
    </>
  );
}

/** Where the chains of what was applied begin; nothing where the cluster keeps no journal. */
function useChainStarts(state: PlanState | undefined): number[] {
  const journal = useResource(state?.cluster ?? "", { group: "wherry.dev", version: "v1", resource: "journal" });
  const revisions = [...(state?.progress.values() ?? [])].flatMap(({ revision }) => revision ?? []);
  return journal ? revisions : [];
}

const parts = ["objects", "chain"] as const;
type Part = (typeof parts)[number];

function PartPicker({ part, onPart }: { part: Part; onPart(part: Part): void }) {
  const { t } = useTranslation();
  const labels = { objects: t("plan.partObjects"), chain: t("plan.partChain") };
  return (
    <div className="border-b border-border px-4 py-2">
      <Segmented label={t("plan.parts")} options={parts.map((value) => ({ value, label: labels[value] }))} value={part} onValue={onPart} />
    </div>
  );
}

function Items({ state }: { state: PlanState }) {
  const { t } = useTranslation();
  const { id, plan, phase, unticked, force } = state;
  const { change } = usePlans.getState();
  const tick = (item: string) => {
    const next = new Set(unticked);
    if (!next.delete(item)) next.add(item);
    change(id, { unticked: next });
  };
  if (plan!.items.length === 0) return <EmptyState icon={CircleSlash} title={t("plan.empty")} />;
  return (
    <ul aria-label={t("plan.objects")} className="min-h-0 flex-1 overflow-y-auto">
      {plan!.items.map((item) => (
        <PlanRow
          key={`${plan!.id} ${item.id}`}
          item={item}
          cluster={state.cluster}
          canTick={phase === "review" && (item.action === "create" || item.action === "change" || (item.action === "conflict" && force))}
          ticked={!unticked.has(item.id) && item.action !== "invalid" && item.action !== "same" && (item.action !== "conflict" || force)}
          onTick={() => tick(item.id)}
          progress={state.progress.get(item.id)}
        />
      ))}
    </ul>
  );
}

/** From what was dropped to the receipt: review, apply, follow until ready, undo. */
export function PlanScreen({ id }: { id: string }) {
  const { t } = useTranslation();
  const state = usePlans(({ plans }) => plans[id]);
  const cluster = useCluster(state?.cluster ?? "");
  const remake = useRemakePlan();
  const chainStarts = useChainStarts(state);
  const [part, setPart] = useState<Part>("objects");
  if (!state) return <EmptyState icon={CircleSlash} title={t("plan.lost")} />;
  const { plan, phase } = state;
  const reviewing = phase === "review";
  const hasChain = !reviewing && chainStarts.length > 0;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-col gap-2 border-b border-border px-4 pt-4 pb-3">
        <h1 className="text-page font-semibold">
          {phase === "done" ? t("plan.doneTitle") : phase === "applying" ? t("plan.applyingTitle") : t("plan.title")}
        </h1>
        <p className="text-muted-foreground">{t("plan.into", { cluster: cluster?.name ?? state.cluster, namespace: state.namespace })}</p>
        {plan ? <Counts state={state} /> : null}
      </div>
      {phase === "making" ? (
        <div className="flex flex-col gap-3 p-4" role="status">
          <p className="text-muted-foreground">{t("plan.making")}</p>
          <Skeleton className="w-1/2" />
          <Skeleton className="w-2/3" />
        </div>
      ) : null}
      {phase === "failed" ? (
        <Notice tone="error" className="m-4" title={t("plan.failed")} actions={<Button onClick={() => remake(id)}>{t("plan.again")}</Button>}>
          {state.error}
        </Notice>
      ) : null}
      {phase === "done" && state.error ? (
        <Notice tone="error" className="m-4" title={t("plan.applyFailed")}>
          {state.error}
        </Notice>
      ) : null}
      {state.receipt ? (
        <p className="border-b border-border px-4 py-2 font-mono text-code text-muted-foreground" data-selectable>
          $ {state.receipt.kubectl}
        </p>
      ) : null}
      {plan && phase !== "making" ? (
        <>
          {hasChain ? <PartPicker part={part} onPart={setPart} /> : null}
          {hasChain && part === "chain" ? (
            <div className="min-h-0 flex-1 overflow-y-auto">
              <Chain cluster={state.cluster} revisions={chainStarts} />
            </div>
          ) : (
            <Items state={state} />
          )}
          <footer className="flex min-h-12 items-center gap-3 border-t border-border bg-card px-4 py-2">
            {reviewing ? <ReviewBar state={state} /> : <ProgressBar state={state} />}
          </footer>
        </>
      ) : null}
    </div>
  );
}
