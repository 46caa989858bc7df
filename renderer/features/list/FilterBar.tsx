import { Terminal, X } from "lucide-react";
import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import type { StatusClass } from "../../../shared/contract.ts";
import { keysOf } from "../../app/keys.ts";
import type { ListState } from "../../app/workspace.ts";
import type { ViewState } from "../../data/viewState.ts";
import { IconButton } from "../../ui/Button.tsx";
import { SearchField } from "../../ui/fields.tsx";
import { formatNumber } from "../../ui/format.ts";
import { Kbd } from "../../ui/Kbd.tsx";
import { ChipButton } from "../../ui/Section.tsx";
import { statusClasses, StatusIcon } from "../../ui/Status.tsx";
import { ColumnChooser } from "./ColumnChooser.tsx";

/** Whether a filter text is a regular expression that cannot be read. */
export function isBrokenPattern(text: string): boolean {
  const inner = /^!?\/(.*)\/$/.exec(text)?.[1];
  if (inner === undefined) return false;
  try {
    new RegExp(inner);
    return false;
  } catch {
    return true;
  }
}

interface FilterBarProps {
  title: string;
  kindKey: string;
  list: ListState;
  state: ViewState;
  setList(change: Partial<ListState>): void;
  onCopyKubectl(): void;
  inputRef: Ref<HTMLInputElement>;
  onLeave(): void;
}

function StatusChips({ list, state, setList }: Pick<FilterBarProps, "list" | "state" | "setList">) {
  const { t } = useTranslation();
  const shown = statusClasses.filter((status) => (state.statusCounts[status] ?? 0) > 0 || list.statuses.includes(status));
  if (shown.length === 0) return null;
  const toggle = (status: StatusClass) =>
    setList({ statuses: list.statuses.includes(status) ? list.statuses.filter((each) => each !== status) : [...list.statuses, status], scroll: 0 });
  return (
    <div role="group" aria-label={t("list.statusFilter")} className="flex flex-wrap gap-1 @max-3xl:order-last @max-3xl:w-full">
      {shown.map((status) => (
        <ChipButton key={status} pressed={list.statuses.includes(status)} onClick={() => toggle(status)}>
          <StatusIcon status={status} size={12} />
          {t(`status.${status}`)}
          <span className="text-muted-foreground tabular-nums">{formatNumber(state.statusCounts[status] ?? 0)}</span>
        </ChipButton>
      ))}
    </div>
  );
}

/** Title, counts, filter, status chips and the list's own buttons. */
export function FilterBar({ title, kindKey, list, state, setList, onCopyKubectl, inputRef, onLeave }: FilterBarProps) {
  const { t } = useTranslation();
  const narrowed = state.matched !== state.total;
  return (
    <div className="@container border-b border-border">
      <div className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2">
        <h1 className="text-title font-semibold">{title}</h1>
        <span className="text-muted-foreground tabular-nums">
          {narrowed ? t("list.someOf", { matched: formatNumber(state.matched), total: formatNumber(state.total) }) : formatNumber(state.total)}
        </span>
        <SearchField
          inputRef={inputRef}
          label={t("list.filter")}
          clearLabel={t("list.clearFilter")}
          placeholder={t("list.filterHint")}
          title={t("list.filterHelp")}
          value={list.text}
          invalid={isBrokenPattern(list.text)}
          onValue={(text) => setList({ text, scroll: 0 })}
          onKeyDown={(event) => {
            if (event.key === "Escape" && list.text) return (event.stopPropagation(), setList({ text: "" }));
            if (event.key === "Escape" || event.key === "ArrowDown" || event.key === "Enter")
              return (event.preventDefault(), event.stopPropagation(), onLeave());
          }}
          trailing={list.text ? null : <Kbd keys={keysOf("filter")} />}
          className="w-64 min-w-28 shrink"
        />
        <StatusChips list={list} state={state} setList={setList} />
        {list.labelSelector ? (
          <ChipButton pressed label={t("list.removeLabel", { label: list.labelSelector })} onClick={() => setList({ labelSelector: "" })}>
            <span className="max-w-60 truncate font-mono">{list.labelSelector}</span>
            <X size={12} aria-hidden />
          </ChipButton>
        ) : null}
        {list.owner ? (
          <ChipButton pressed label={t("list.removeOwner", { name: list.owner.name })} onClick={() => setList({ owner: undefined })}>
            {t("list.ownedBy", { name: list.owner.name })}
            <X size={12} aria-hidden />
          </ChipButton>
        ) : null}
        <span className="flex-1" />
        <div className="flex items-center gap-0.5">
          <IconButton icon={Terminal} label={t("list.copyKubectl")} onClick={onCopyKubectl} />
          <ColumnChooser kindKey={kindKey} columns={state.columns} />
        </div>
      </div>
    </div>
  );
}
