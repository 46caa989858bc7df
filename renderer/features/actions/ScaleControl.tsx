import { Minus, Plus } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Target } from "../../../shared/contract.ts";
import { resourceOf, targetKey } from "../../data/references.ts";
import { useCommands } from "../../data/useCommands.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { classNames } from "../../ui/classNames.ts";
import { TextField } from "../../ui/fields.tsx";
import { Popover } from "../../ui/Popover.tsx";
import { useRefusal } from "./refusal.ts";

/** Clicks within this time (ms) become one change. */
const gatherTime = 250;
/** A wish is given up when the server does not show it within this time (ms). */
const patience = 8000;

/** The number wished for, shown at once; sent when the clicks pause. */
export function useScale(target: Target, replicas: number): { wanted: number; set(next: number): void } {
  const { scale } = useCommands();
  const [wish, setWish] = useState<number | undefined>(undefined);
  const timers = useRef<{ send?: ReturnType<typeof setTimeout>; giveUp?: ReturnType<typeof setTimeout> }>({});
  const key = targetKey(target);

  // The wish is over when the server shows it, or when the row became another object's.
  const [seen, setSeen] = useState({ key, replicas });
  if (seen.key !== key || seen.replicas !== replicas) {
    setSeen({ key, replicas });
    if (seen.key !== key || wish === replicas) setWish(undefined);
  }
  useEffect(() => {
    const waiting = timers.current;
    return () => clearTimeout(waiting.giveUp);
  }, [key]);

  const set = (next: number) => {
    const value = Math.max(0, Math.min(100_000, next));
    setWish(value);
    clearTimeout(timers.current.send);
    clearTimeout(timers.current.giveUp);
    timers.current.send = setTimeout(() => {
      void scale(target, value).then((done) => {
        if (!done) setWish(undefined);
        else timers.current.giveUp = setTimeout(() => setWish(undefined), patience);
      });
    }, gatherTime);
  };
  return { wanted: wish ?? replicas, set };
}

/** Asks of other parts (keys of the list) to step a workload that is on screen. */
const steppers = new Map<string, (by: number) => void>();
export const stepReplicas = (target: Target, by: number): void => steppers.get(targetKey(target))?.(by);

const presets = [0, 1, 2, 3, 5, 10];

/** Usual sizes, each one click. */
function Presets({ wanted, refused, onChoose }: { wanted: number; refused?: string | undefined; onChoose(count: number): void }) {
  const { t } = useTranslation();
  return (
    <div role="group" aria-label={t("scale.presets")} className="flex items-center gap-1">
      <span className="mr-1 text-muted-foreground">{t("scale.to")}</span>
      {presets.map((preset) => (
        <Button
          key={preset}
          variant={preset === wanted ? "secondary" : "ghost"}
          className="min-w-7 px-1.5 tabular-nums"
          aria-pressed={preset === wanted}
          aria-label={t("scale.toCount", { count: preset })}
          refused={refused}
          onClick={() => onChoose(preset)}
        >
          {preset}
        </Button>
      ))}
    </div>
  );
}

function NumberForm({ name, wanted, set, close }: { name: string; wanted: number; set(next: number): void; close(): void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(String(wanted));
  const valid = /^\d{1,6}$/.test(text);
  return (
    <form
      className="flex flex-col gap-2 p-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!valid) return;
        set(Number(text));
        close();
      }}
    >
      <span className="font-medium">{t("scale.title", { name })}</span>
      <div className="flex gap-2">
        <TextField
          label={t("scale.replicas")}
          inputMode="numeric"
          value={text}
          invalid={!valid}
          onChange={(event) => setText(event.target.value)}
          className="w-20 tabular-nums"
          autoFocus
          onFocus={(event) => event.target.select()}
        />
        <Button variant="primary" type="submit" disabled={!valid}>
          {t("scale.apply")}
        </Button>
      </div>
      <Presets
        wanted={wanted}
        onChoose={(count) => {
          set(count);
          close();
        }}
      />
    </form>
  );
}

interface ScaleControlProps {
  target: Target;
  replicas: number;
  ready?: number | undefined;
  /** In a list the buttons are no tab stops: + and − do it. */
  inList?: boolean;
  children?: ReactNode;
}

/** − n +, with the number ready before it. */
export function ScaleControl({ target, replicas, ready, inList }: ScaleControlProps) {
  const { t } = useTranslation();
  const { wanted, set } = useScale(target, replicas);
  const [typing, setTyping] = useState(false);
  const refused = useRefusal(target.cluster, {
    changes: true,
    check: { verb: "patch", resource: resourceOf(target.object), subresource: "scale", namespace: target.object.namespace },
  });
  const key = targetKey(target);
  const { name } = target.object;
  useEffect(() => {
    if (!inList) return;
    const stepBy = (by: number) => set(wanted + by);
    steppers.set(key, stepBy);
    return () => {
      if (steppers.get(key) === stepBy) steppers.delete(key);
    };
  });
  const tabIndex = inList ? -1 : undefined;
  return (
    <span role="group" aria-label={t("scale.of", { name })} className="inline-flex items-center">
      <IconButton
        icon={Minus}
        size="small"
        label={t("scale.fewer", { name })}
        refused={refused ?? (wanted === 0 ? t("scale.none") : undefined)}
        tabIndex={tabIndex}
        onClick={(event) => (event.stopPropagation(), set(wanted - 1))}
      />
      <Popover
        label={t("scale.title", { name })}
        open={typing}
        onOpenChange={setTyping}
        trigger={
          <button
            type="button"
            tabIndex={tabIndex}
            aria-label={t("scale.set", { name, count: wanted })}
            disabled={refused !== undefined}
            onClick={(event) => event.stopPropagation()}
            className="h-6 min-w-10 rounded-control px-1 text-center tabular-nums hover:bg-hover"
          >
            {ready === undefined ? null : <span className={classNames(ready < wanted && "font-medium text-pending")}>{ready}/</span>}
            {wanted}
          </button>
        }
      >
        <NumberForm name={name} wanted={wanted} set={set} close={() => setTyping(false)} />
      </Popover>
      <IconButton
        icon={Plus}
        size="small"
        label={t("scale.more", { name })}
        refused={refused}
        tabIndex={tabIndex}
        onClick={(event) => (event.stopPropagation(), set(wanted + 1))}
      />
    </span>
  );
}

/** The control of the detail: steps, a number, and usual sizes in one click. */
export function ScalePanel({ target, replicas, ready }: { target: Target; replicas: number; ready?: number | undefined }) {
  const { wanted, set } = useScale(target, replicas);
  const refused = useRefusal(target.cluster, {
    changes: true,
    check: { verb: "patch", resource: resourceOf(target.object), subresource: "scale", namespace: target.object.namespace },
  });
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <ScaleControl target={target} replicas={wanted} ready={ready} />
      <Presets wanted={wanted} refused={refused} onChoose={set} />
    </div>
  );
}
