import { CircleCheck, CircleX, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { EngineState } from "../../../shared/contract.ts";
import { useCommands } from "../../data/useCommands.ts";
import { Button } from "../../ui/Button.tsx";
import { formatDuration } from "../../ui/format.ts";
import { Notice } from "../../ui/Notice.tsx";
import { Section } from "../../ui/Section.tsx";

function Candidates({ candidates }: { candidates: NonNullable<EngineState["runtime"]>["candidates"] }) {
  const { t } = useTranslation();
  return (
    <details className="mt-1.5">
      <summary className="min-h-6 cursor-default text-link">{t("engine.lookedFor", { count: candidates.length })}</summary>
      <ul className="mt-1 space-y-1">
        {candidates.map((candidate) => (
          <li key={`${candidate.name} ${candidate.address}`} className="grid grid-cols-[8rem_minmax(0,1fr)] gap-x-3">
            <span className="font-medium">{candidate.name}</span>
            <span className="font-mono text-code break-all text-muted-foreground">
              {candidate.address}
              {candidate.problem ? `: ${candidate.problem}` : ""}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What is special about the local cluster now: simulated pods, or an engine that does not run. */
export function EngineNotice({ engine }: { engine: EngineState }) {
  const { t } = useTranslation();
  const { startEngine } = useCommands();
  const start = (
    <Button variant="primary" onClick={() => void startEngine()}>
      {t("engine.start")}
    </Button>
  );
  if (engine.phase === "stopped") {
    return (
      <Notice tone="info" title={t("engine.stopped")} actions={start}>
        {t("engine.stoppedBody")}
      </Notice>
    );
  }
  if (engine.phase === "failed" || engine.phase === "crash-loop") {
    return (
      <Notice
        tone="error"
        title={engine.phase === "failed" ? t("engine.failed") : t("engine.crashLoop", { count: engine.restarts })}
        actions={
          <>
            {engine.phase === "crash-loop" ? (
              <Button onClick={() => void startEngine({ fromSnapshot: true })}>{t("engine.fromSnapshot")}</Button>
            ) : null}
            {start}
          </>
        }
      >
        {engine.phase === "crash-loop" ? <p className="mb-1">{t("engine.fromSnapshotBody")}</p> : null}
        {engine.message}
        {engine.log.length > 0 ? (
          <pre className="mt-2 max-h-40 overflow-auto rounded-control bg-background/60 px-2 py-1 font-mono text-code whitespace-pre-wrap">
            {engine.log.slice(-20).join("\n")}
          </pre>
        ) : null}
      </Notice>
    );
  }
  if (engine.recovery)
    return (
      <Notice tone="warning" title={t("engine.recovered")}>
        {engine.recovery}
      </Notice>
    );
  if (!engine.runtime?.simulated) return null;
  const looked = engine.runtime.candidates.length > 0;
  return (
    <Notice tone="warning" title={looked ? t("engine.simulated") : t("engine.simulatedAsAsked")}>
      <p>{t("engine.simulatedBody")}</p>
      {looked ? (
        <>
          <Candidates candidates={engine.runtime.candidates} />
          <p className="mt-1.5">{t("engine.install")}</p>
        </>
      ) : null}
    </Notice>
  );
}

/** The start as named steps with their times. */
export function StartingSteps({ engine }: { engine: EngineState }) {
  const { t } = useTranslation();
  if (engine.steps.length === 0 || engine.phase === "stopped") return null;
  return (
    <Section title={engine.phase === "starting" ? t("engine.starting") : t("engine.steps")}>
      <ol aria-label={t("engine.steps")} className="rounded-panel border border-border bg-card py-1">
        {engine.steps.map((step) => (
          <li key={step.name} className="flex min-h-7 items-center gap-2.5 px-3">
            {step.state === "done" ? (
              <CircleCheck size={14} aria-hidden className="text-running-icon" />
            ) : step.state === "failed" ? (
              <CircleX size={14} aria-hidden className="text-failed-icon" />
            ) : (
              <LoaderCircle size={14} aria-hidden className="animate-spin text-pending-icon motion-reduce:animate-none" />
            )}
            <span className="shrink-0">{step.name}</span>
            <span className="min-w-0 flex-1 truncate text-muted-foreground">{step.message ?? t(`engine.stepStates.${step.state}`)}</span>
            <span className="text-meta text-muted-foreground tabular-nums">{formatDuration(step.at)}</span>
          </li>
        ))}
      </ol>
      {engine.log.length > 0 ? (
        <details className="mt-2">
          <summary className="min-h-6 cursor-default text-muted-foreground">{t("engine.log")}</summary>
          <pre className="mt-1 max-h-60 overflow-auto rounded-control bg-sidebar px-3 py-2 font-mono text-code whitespace-pre-wrap">
            {engine.log.join("\n")}
          </pre>
        </details>
      ) : null}
    </Section>
  );
}
