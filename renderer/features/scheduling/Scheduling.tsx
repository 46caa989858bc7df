import { Lightbulb } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Target } from "../../../shared/contract.ts";
import type { SchedulingExplanation } from "../../../shared/scheduling.ts";
import { useResource, useScheduling } from "../../data/clusterState.ts";
import { Age } from "../../ui/Age.tsx";
import { Notice, Skeleton } from "../../ui/Notice.tsx";
import { Chip, Section } from "../../ui/Section.tsx";
import { StatusPill } from "../../ui/Status.tsx";
import { NodeVerdicts } from "./NodeVerdicts.tsx";
import { WhatIf } from "./WhatIf.tsx";

const reviews = { group: "wherry.dev", version: "v1", resource: "schedulingreviews" };

function Outcome({ told }: { told: SchedulingExplanation }) {
  const { t } = useTranslation();
  if (told.source === "none") return <p className="text-muted-foreground">{t("scheduling.untried")}</p>;
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
      {told.node ? (
        <StatusPill status="running" text={t("scheduling.placed", { node: told.node })} />
      ) : (
        <StatusPill status="failed" text={t("scheduling.noNode")} />
      )}
      {told.nodeCount > 0 ? (
        <span className="text-muted-foreground">{t("scheduling.feasible", { feasible: told.feasible, count: told.nodeCount })}</span>
      ) : null}
      {told.attempt ? <span className="text-muted-foreground">· {t("scheduling.attempt", { attempt: told.attempt })}</span> : null}
      {told.at ? (
        <span className="text-muted-foreground">
          · <Age at={told.at} /> {t("detail.ago")}
        </span>
      ) : null}
    </p>
  );
}

function Reasons({ told }: { told: SchedulingExplanation }) {
  const { t } = useTranslation();
  if (told.reasons.length === 0) return null;
  return (
    <Section title={t("scheduling.reasons")}>
      <ul className="flex flex-col gap-2">
        {told.reasons.map(({ reason, nodes, next }) => (
          <li key={reason}>
            <p className="flex flex-wrap items-center gap-2" data-selectable>
              {nodes > 0 ? <Chip>{t("scheduling.ofNodes", { nodes, count: told.nodeCount })}</Chip> : null}
              <span className="min-w-0 break-words">{reason}</span>
            </p>
            <p className="mt-0.5 flex items-start gap-1.5">
              <Lightbulb size={14} aria-hidden className="mt-0.5 shrink-0 text-pending-icon" />
              {next}
            </p>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Why a pod has no node, or this one: node by node, with what would help, and what if. */
export default function Scheduling({ target }: { target: Target }) {
  const { t } = useTranslation();
  const { message: told, error } = useScheduling(target);
  const canAsk = useResource(target.cluster, reviews) !== undefined;
  if (error) return <Notice tone="error" className="m-4" title={error.message} />;
  if (!told) return <Skeleton className="m-4 w-1/2" />;
  return (
    <div className="flex max-w-5xl flex-col gap-5 p-4">
      <Outcome told={told} />
      {told.node ? null : <Reasons told={told} />}
      {told.preemption ? (
        <Notice tone="warning" title={t("scheduling.preemption", { node: told.preemption.node })}>
          {told.preemption.victims.join(", ")}
        </Notice>
      ) : null}
      {told.nodes.length > 0 ? (
        <Section title={t("scheduling.nodes")} count={told.nodeCount}>
          <NodeVerdicts cluster={target.cluster} explanation={told} />
          {told.nodes.length < told.nodeCount ? (
            <p className="mt-1 text-muted-foreground">{t("scheduling.someNodes", { count: told.nodes.length })}</p>
          ) : null}
        </Section>
      ) : null}
      {told.source === "event" && !told.node ? <p className="text-muted-foreground">{t("scheduling.onlyMessage")}</p> : null}
      {canAsk && !told.node && told.source !== "none" ? <WhatIf target={target} nodes={told.nodes.map(({ name }) => name)} /> : null}
    </div>
  );
}
