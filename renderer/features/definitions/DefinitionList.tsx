import { useEffect, useId, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Definition } from "../../../shared/definitions.ts";
import { classNames } from "../../ui/classNames.ts";
import { formatNumber } from "../../ui/format.ts";
import { StatusIcon } from "../../ui/Status.tsx";
import { problemOf } from "./definitionsModel.ts";

interface DefinitionListProps {
  groups: { group: string; definitions: Definition[] }[];
  chosen: string | undefined;
  onChoose(name: string): void;
}

/** Definitions by group. One tab stop: arrows choose. */
export function DefinitionList({ groups, chosen, onChoose }: DefinitionListProps) {
  const { t } = useTranslation();
  const id = useId();
  const names = groups.flatMap(({ definitions }) => definitions.map(({ name }) => name));
  const chosenId = `${id}-${chosen ?? ""}`;
  useEffect(() => document.getElementById(chosenId)?.scrollIntoView({ block: "nearest" }), [chosenId]);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = names.indexOf(chosen ?? "");
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: names.length - 1 };
    const next = moves[event.key];
    if (next === undefined || names.length === 0) return;
    event.preventDefault();
    onChoose(names[Math.max(0, Math.min(names.length - 1, next))]!);
  };
  return (
    <div
      role="listbox"
      aria-label={t("definitions.screen")}
      tabIndex={0}
      aria-activedescendant={chosen === undefined ? undefined : chosenId}
      onKeyDown={onKeyDown}
      className="focus-inset w-72 shrink-0 overflow-y-auto border-r border-border bg-sidebar px-2 pb-2"
    >
      {groups.map(({ group, definitions }) => (
        <div key={group} role="group" aria-label={group}>
          <p aria-hidden className="truncate px-2 pt-3 pb-1 text-meta font-medium text-muted-foreground" title={group}>
            {group}
          </p>
          {definitions.map((definition) => (
            <Option
              key={definition.name}
              id={`${id}-${definition.name}`}
              definition={definition}
              chosen={definition.name === chosen}
              onChoose={() => onChoose(definition.name)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

function Option({ id, definition, chosen, onChoose }: { id: string; definition: Definition; chosen: boolean; onChoose(): void }) {
  const { t } = useTranslation();
  const { kind, versions, count } = definition;
  const problem = problemOf(definition);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the list has the keys of all its options
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      tabIndex={-1}
      onClick={onChoose}
      className={classNames("flex h-8 items-center gap-2 rounded-control px-2", chosen ? "bg-selected" : "hover:bg-hover")}
    >
      <span className="min-w-0 truncate" title={definition.name}>
        {kind}
      </span>
      <span className="truncate text-meta text-muted-foreground">
        {versions
          .filter(({ served }) => served)
          .map(({ name }) => name)
          .join(", ")}
      </span>
      <span className="flex-1" />
      {problem ? (
        <span className="flex items-center text-failed" title={`${problem.type}: ${problem.reason}`}>
          <StatusIcon status="failed" />
          <span className="sr-only">{problem.type}</span>
        </span>
      ) : null}
      {count === undefined ? null : (
        <span className="text-meta text-muted-foreground tabular-nums" title={t("definitions.instances", { count, number: formatNumber(count) })}>
          {formatNumber(count)}
        </span>
      )}
    </div>
  );
}
