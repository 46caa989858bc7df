import { useTranslation } from "react-i18next";
import type { FieldChange } from "../../../shared/contract.ts";
import { classNames } from "../../ui/classNames.ts";

const show = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value, null, value !== null && typeof value === "object" ? 2 : 0);

function Value({ value, sign }: { value: unknown; sign: "+" | "−" }) {
  const lines = show(value).split("\n");
  return (
    <div className={classNames("px-2 py-0.5 font-mono text-code break-all whitespace-pre-wrap", sign === "+" ? "bg-diff-added" : "bg-diff-removed")}>
      {lines.map((line, index) => (
        <div key={index} className="flex gap-2">
          <span aria-hidden className="text-muted-foreground select-none">
            {sign}
          </span>
          <span className="min-w-0 flex-1">{line}</span>
        </div>
      ))}
    </div>
  );
}

/** Fields that change, each with what was and what will be. */
export function FieldDiff({ diff }: { diff: readonly FieldChange[] }) {
  const { t } = useTranslation();
  return (
    <ul aria-label={t("plan.diff")} className="space-y-2" data-selectable>
      {diff.map((change) => (
        <li key={change.path} className="overflow-hidden rounded-control border border-border">
          <p className="border-b border-border bg-sidebar px-2 py-0.5 font-mono text-code break-all text-muted-foreground">{change.path}</p>
          {change.before === undefined ? null : <Value value={change.before} sign="−" />}
          {change.after === undefined ? null : <Value value={change.after} sign="+" />}
        </li>
      ))}
    </ul>
  );
}
