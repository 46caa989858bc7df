import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Target } from "../../../shared/contract.ts";
import type { SchedulingExplanation } from "../../../shared/scheduling.ts";
import { useConnection } from "../../data/services.tsx";
import { Checkbox, TextField } from "../../ui/fields.tsx";
import { announce } from "../../ui/LiveRegion.tsx";
import { Section } from "../../ui/Section.tsx";
import { StatusIcon } from "../../ui/Status.tsx";
import { changeOf, isUnchanged, type Wish } from "./wish.ts";

/** How long (ms) typing pauses before it is asked. */
const pause = 250;

interface Answer {
  told?: SchedulingExplanation;
  error?: string;
}

/** Asks again whenever the wish changes; only the newest answer counts. */
function useWhatIf({ cluster, object }: Target, wish: Wish): Answer {
  const connection = useConnection();
  const [answer, setAnswer] = useState<Answer>({});
  const change = changeOf(wish);
  const key = JSON.stringify([cluster, object, change]);
  useEffect(() => {
    if (change === undefined || isUnchanged(change)) return setAnswer({});
    let wanted = true;
    const timer = setTimeout(() => {
      connection.request("scheduling.whatIf", { cluster, object, change }).then(
        (told) => wanted && setAnswer({ told }),
        (error: Error) => wanted && setAnswer({ error: error.message }),
      );
    }, pause);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
    // The key says all that is asked.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [connection, key]);
  return answer;
}

function Outcome({ told, error }: Answer) {
  const { t } = useTranslation();
  const text = told
    ? told.node
      ? t("scheduling.wouldGo", { node: told.node })
      : t("scheduling.stillNone", { reasons: told.reasons.map(({ reason }) => reason).join(", ") || (told.message ?? "") })
    : (error ?? "");
  useEffect(() => {
    if (text) announce("what if", text);
  }, [text]);
  if (!text) return <p className="text-muted-foreground">{t("scheduling.whatIfHint")}</p>;
  return (
    <p className="flex items-start gap-1.5" data-selectable>
      <StatusIcon status={told?.node ? "running" : "failed"} className="mt-0.5" />
      <span className="min-w-0 break-words">{text}</span>
    </p>
  );
}

function Choice({ label, value, options, onValue }: { label: string; value: string; options: string[]; onValue(value: string): void }) {
  const { t } = useTranslation();
  return (
    <Labelled label={label}>
      <select
        aria-label={label}
        value={value}
        onChange={(event) => onValue(event.target.value)}
        className="h-7 min-w-0 rounded-control border border-input bg-background px-2 text-body"
      >
        <option value="">{t("scheduling.none")}</option>
        {options.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-h-7 items-center gap-2">
      <span className="text-muted-foreground">{label}</span>
      {children}
    </div>
  );
}

/** Would it fit if …? By a dry run of the scheduler; nothing is written. */
export function WhatIf({ target, nodes }: { target: Target; nodes: string[] }) {
  const { t } = useTranslation();
  const [wish, setWish] = useState<Wish>({ cpu: "", memory: "", anyNode: false, openNodes: false, emptied: "", another: "" });
  const answer = useWhatIf(target, wish);
  const set = (change: Partial<Wish>) => setWish((before) => ({ ...before, ...change }));
  return (
    <Section title={t("scheduling.whatIf")}>
      <div className="mb-2 min-h-6">
        <Outcome {...answer} />
      </div>
      <div className="flex flex-wrap gap-x-6 gap-y-1.5">
        <Labelled label={t("scheduling.asksCpu")}>
          <TextField
            label={t("scheduling.asksCpu")}
            value={wish.cpu}
            onChange={(event) => set({ cpu: event.target.value })}
            className="w-20"
            inputMode="decimal"
          />
        </Labelled>
        <Labelled label={t("scheduling.asksMemory")}>
          <TextField
            label={t("scheduling.asksMemory")}
            value={wish.memory}
            onChange={(event) => set({ memory: event.target.value })}
            className="w-24"
            inputMode="decimal"
          />
        </Labelled>
        <Checkbox label={t("scheduling.anyNode")} checked={wish.anyNode} onChange={(event) => set({ anyNode: event.target.checked })} />
        <Checkbox label={t("scheduling.openNodes")} checked={wish.openNodes} onChange={(event) => set({ openNodes: event.target.checked })} />
        <Choice label={t("scheduling.emptied")} value={wish.emptied} options={nodes} onValue={(emptied) => set({ emptied })} />
        <Choice label={t("scheduling.another")} value={wish.another} options={nodes} onValue={(another) => set({ another })} />
      </div>
    </Section>
  );
}
