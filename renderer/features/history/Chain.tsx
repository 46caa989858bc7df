import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChainStep } from "../../../shared/journal.ts";
import { useChain } from "../../data/clusterState.ts";
import { Checkbox } from "../../ui/fields.tsx";
import { formatDuration, formatNumber } from "../../ui/format.ts";
import { Notice, Skeleton } from "../../ui/Notice.tsx";
import { Changes, Deed } from "./Deed.tsx";

const deepest = 6;

function Step({ cluster, step, span }: { cluster: string; step: ChainStep; span: number }) {
  const { t } = useTranslation();
  const left = `${span > 0 ? (step.after / span) * 100 : 0}%`;
  return (
    <li className="grid grid-cols-[3.5rem_minmax(0,1fr)] items-baseline gap-x-3 border-b border-border py-1 @lg:grid-cols-[4rem_minmax(0,1fr)_6rem]">
      <span className="text-right text-meta text-muted-foreground tabular-nums">+{formatDuration(step.after)}</span>
      <div className="min-w-0" style={{ paddingInlineStart: `${Math.min(step.depth, deepest) * 0.75}rem` }}>
        <p className="break-words" title={step.cause ? t("history.because", { cause: step.cause.text }) : step.user}>
          <span className="font-medium">{step.component}</span> <Deed cluster={cluster} write={step} />
        </p>
        <Changes changes={step.changes} />
      </div>
      <span aria-hidden className="relative hidden h-1 self-center rounded-full bg-border @lg:block">
        <span className="absolute top-1/2 size-2 -translate-x-1/2 -translate-y-1/2 rounded-full bg-running-icon" style={{ left }} />
      </span>
    </li>
  );
}

/** A write and all that it brought about: who did what, because of what, and when. */
export function Chain({ cluster, revisions }: { cluster: string; revisions: number[] }) {
  const { t } = useTranslation();
  const { message, error } = useChain(cluster, revisions);
  const [events, setEvents] = useState(false);
  if (error) return <Notice tone="error" className="m-4" title={error.message} />;
  if (!message) return <Skeleton className="m-4 w-1/2" />;
  const steps = message.steps.filter(({ reason }) => events || reason === undefined);
  const span = message.steps.at(-1)?.after ?? 0;
  if (message.steps.length === 0) return <p className="p-4 text-muted-foreground">{t("history.forgotten")}</p>;
  return (
    <section aria-label={t("history.chain")} className="@container px-4 py-2">
      <div className="flex items-center gap-3 pb-1">
        <span className="text-muted-foreground">
          {t("history.steps", { count: message.steps.length, number: formatNumber(message.steps.length), time: formatDuration(span) })}
        </span>
        <span className="flex-1" />
        <Checkbox label={t("history.showEvents")} checked={events} onChange={(event) => setEvents(event.target.checked)} />
      </div>
      <ol aria-label={t("history.chain")}>
        {steps.map((step) => (
          <Step key={step.revision} cluster={cluster} step={step} span={span} />
        ))}
      </ol>
      {message.truncated ? <p className="py-2 text-muted-foreground">{t("history.truncated")}</p> : null}
    </section>
  );
}
