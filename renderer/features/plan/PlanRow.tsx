import {
  ChevronRight,
  CircleCheck,
  CircleDashed,
  CircleEqual,
  CircleMinus,
  CirclePlus,
  CircleX,
  LoaderCircle,
  PencilLine,
  TriangleAlert,
  type LucideIcon,
} from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlanItem, PlanProgress } from "../../../shared/contract.ts";
import { useWorkspace } from "../../app/workspace.ts";
import { IconButton } from "../../ui/Button.tsx";
import { classNames } from "../../ui/classNames.ts";
import { Checkbox } from "../../ui/fields.tsx";
import { FieldDiff } from "./FieldDiff.tsx";

type Look = { icon: LucideIcon; text: string };

export const actionLooks: Record<PlanItem["action"], Look> = {
  create: { icon: CirclePlus, text: "text-running" },
  change: { icon: PencilLine, text: "text-succeeded" },
  same: { icon: CircleEqual, text: "text-unknown" },
  conflict: { icon: TriangleAlert, text: "text-pending" },
  invalid: { icon: CircleX, text: "text-failed" },
};

const progressLooks: Record<PlanProgress["state"], Look> = {
  waiting: { icon: CircleDashed, text: "text-unknown" },
  applying: { icon: LoaderCircle, text: "text-pending" },
  applied: { icon: LoaderCircle, text: "text-pending" },
  ready: { icon: CircleCheck, text: "text-running" },
  failed: { icon: CircleX, text: "text-failed" },
  skipped: { icon: CircleMinus, text: "text-unknown" },
};

function Word({ look, word, spinning }: { look: Look; word: string; spinning?: boolean }) {
  const Icon = look.icon;
  return (
    <span className={classNames("flex w-28 shrink-0 items-center gap-1.5", look.text)}>
      <Icon size={14} aria-hidden className={spinning ? "animate-spin motion-reduce:animate-none" : undefined} />
      {word}
    </span>
  );
}

const where = (item: PlanItem, line = item.source.line): string => `${item.source.name.split(/[\\/]/).at(-1)}:${line}`;

function Problems({ item }: { item: PlanItem }) {
  return (
    <ul className="space-y-1">
      {item.errors.map((error, index) => (
        <li
          key={index}
          className={classNames("rounded-control px-2 py-1", item.action === "conflict" ? "bg-pending-tint" : "bg-failed-tint")}
          data-selectable
        >
          <span className="mr-2 font-mono text-code text-muted-foreground">{where(item, error.line)}</span>
          {error.field && !error.message.includes(error.field) ? <span className="mr-2 font-mono text-code">{error.field}</span> : null}
          {error.message}
        </li>
      ))}
    </ul>
  );
}

interface PlanRowProps {
  item: PlanItem;
  cluster: string;
  ticked: boolean;
  canTick: boolean;
  onTick(): void;
  progress: PlanProgress | undefined;
}

/** One object of the plan: what happens to it, why not, and how far it is. */
export function PlanRow({ item, cluster, ticked, canTick, onTick, progress }: PlanRowProps) {
  const { t } = useTranslation();
  const show = useWorkspace((state) => state.show);
  const [open, setOpen] = useState(item.action === "change" || item.action === "conflict");
  const [asYaml, setAsYaml] = useState(false);
  const hasMore = item.diff.length > 0 || item.yaml !== "";
  const spinning = progress?.state === "applying" || progress?.state === "applied";
  const name = `${item.kind} ${item.name}`;
  return (
    <li aria-label={name} className={classNames("border-b border-border", !ticked && canTick && "text-muted-foreground")}>
      <div className="flex min-h-9 items-center gap-2 px-4">
        <Checkbox label={t("plan.tick", { name })} hideLabel checked={ticked} disabled={!canTick} onChange={onTick} />
        <IconButton
          icon={ChevronRight}
          size="small"
          label={open ? t("plan.fold", { name }) : t("plan.unfold", { name })}
          aria-expanded={open}
          disabled={!hasMore}
          onClick={() => setOpen(!open)}
          className={open ? "[&>svg]:rotate-90" : ""}
        />
        {progress ? (
          <Word look={progressLooks[progress.state]} word={t(`plan.states.${progress.state}`)} spinning={spinning} />
        ) : (
          <Word look={actionLooks[item.action]} word={t(`plan.actions.${item.action}`)} />
        )}
        <span className="w-36 shrink-0 truncate text-muted-foreground">{item.kind}</span>
        {item.object && (progress?.state === "ready" || progress?.state === "applied" || progress?.state === "failed" || item.action === "same") ? (
          <button
            type="button"
            className="min-h-6 min-w-0 truncate font-medium text-link hover:underline"
            onClick={() => show({ cluster, object: item.object! })}
          >
            {item.name}
          </button>
        ) : (
          <span className="min-w-0 truncate font-medium">{item.name || t("plan.nameless")}</span>
        )}
        {item.object?.namespace ? <span className="truncate text-muted-foreground">{item.object.namespace}</span> : null}
        <span className="flex-1" />
        {progress?.message ? (
          <span className="min-w-0 truncate text-muted-foreground" title={progress.message}>
            {progress.message}
          </span>
        ) : null}
        {item.action === "change" ? (
          <span className="shrink-0 text-meta text-muted-foreground tabular-nums">{t("plan.fields", { count: item.diff.length })}</span>
        ) : null}
        <span className="max-w-56 shrink-0 truncate font-mono text-meta text-muted-foreground" title={item.source.name}>
          {where(item)}
        </span>
      </div>
      {item.errors.length > 0 ? (
        <div className="pr-4 pb-2 pl-[4.75rem]">
          <Problems item={item} />
        </div>
      ) : null}
      {item.warnings.length > 0 ? (
        <ul className="pr-4 pb-2 pl-[4.75rem]">
          {item.warnings.map((warning) => (
            <li key={warning} className="flex items-start gap-1.5 text-pending" data-selectable>
              <TriangleAlert size={14} aria-hidden className="mt-0.5 shrink-0" />
              {warning}
            </li>
          ))}
        </ul>
      ) : null}
      {open && hasMore ? (
        <div className="pr-4 pb-3 pl-[4.75rem]">
          {item.diff.length > 0 && item.action !== "create" ? (
            <>
              {asYaml ? null : <FieldDiff diff={item.diff} />}
              <button type="button" className="mt-1 min-h-6 text-link hover:underline" onClick={() => setAsYaml(!asYaml)}>
                {asYaml ? t("plan.showDiff") : t("plan.showYaml")}
              </button>
            </>
          ) : null}
          {asYaml || item.action === "create" || item.diff.length === 0 ? (
            <pre className="max-h-96 overflow-auto rounded-control border border-border bg-sidebar px-3 py-2 font-mono text-code">{item.yaml}</pre>
          ) : null}
        </div>
      ) : null}
    </li>
  );
}
