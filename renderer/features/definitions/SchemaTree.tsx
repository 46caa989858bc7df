import { ChevronDown, ChevronRight, Copy, ShieldCheck } from "lucide-react";
import { useId, useMemo, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { SchemaField } from "../../../shared/definitions.ts";
import { useCommands } from "../../data/useCommands.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { classNames } from "../../ui/classNames.ts";
import { SearchField } from "../../ui/fields.tsx";
import { Chip } from "../../ui/Section.tsx";
import { fieldRows, openable, type FieldRow } from "./definitionsModel.ts";

/** The fields of a schema: a tree with one tab stop, and all that is known of the chosen field. */
export function SchemaTree({ resource, root }: { resource: string; root: SchemaField }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(["spec"]));
  const [chosen, setChosen] = useState("spec");
  const rows = useMemo(() => fieldRows(root.children, open, text), [root, open, text]);
  const current = rows.find(({ field }) => field.path === chosen) ?? rows[0];
  const toggle = (path: string) => setOpen((old) => new Set(old.has(path) ? [...old].filter((each) => each !== path) : [...old, path]));
  return (
    <div className="rounded-panel border border-border">
      <div className="flex items-center gap-2 border-b border-border px-2 py-1.5">
        <SearchField
          value={text}
          onValue={setText}
          label={t("definitions.filterFields")}
          clearLabel={t("definitions.clear")}
          placeholder={t("definitions.filterFields")}
          className="w-56"
        />
        <span className="flex-1" />
        <Button variant="ghost" onClick={() => setOpen(new Set(openable(root.children)))}>
          {t("definitions.openAll")}
        </Button>
        <Button variant="ghost" onClick={() => setOpen(new Set())}>
          {t("definitions.closeAll")}
        </Button>
      </div>
      {root.rules.length > 0 ? <Rules rules={root.rules} /> : null}
      <div className="flex max-h-[32rem] min-h-40">
        <Tree rows={rows} current={current} open={open} filtered={text !== ""} onChoose={setChosen} onToggle={toggle} />
        {current ? <FieldCard resource={resource} field={current.field} /> : <p className="p-3 text-muted-foreground">{t("definitions.noField")}</p>}
      </div>
    </div>
  );
}

interface TreeProps {
  rows: FieldRow[];
  current: FieldRow | undefined;
  open: ReadonlySet<string>;
  /** All that leads to a match is open. */
  filtered: boolean;
  onChoose(path: string): void;
  onToggle(path: string): void;
}

function Tree({ rows, current, open, filtered, onChoose, onToggle }: TreeProps) {
  const { t } = useTranslation();
  const id = useId();
  const at = current ? rows.indexOf(current) : -1;
  const isOpen = ({ path }: SchemaField) => filtered || open.has(path);
  const go = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (!row) return;
    onChoose(row.field.path);
    document.getElementById(`${id}-${row.field.path}`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!current) return;
    const { field, level } = current;
    const parent = rows.slice(0, at).findLastIndex((row) => row.level < level);
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (field.children.length > 0 && !isOpen(field) ? onToggle(field.path) : field.children.length > 0 && go(at + 1)),
      ArrowLeft: () => (field.children.length > 0 && open.has(field.path) && !filtered ? onToggle(field.path) : parent >= 0 && go(parent)),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  };
  return (
    <ul
      role="tree"
      aria-label={t("definitions.fields")}
      tabIndex={0}
      aria-activedescendant={current ? `${id}-${current.field.path}` : undefined}
      onKeyDown={onKeyDown}
      className="focus-inset min-w-0 flex-1 overflow-auto py-1"
    >
      {rows.map((row) => (
        <Field
          key={row.field.path}
          id={`${id}-${row.field.path}`}
          row={row}
          chosen={row === current}
          open={isOpen(row.field)}
          onChoose={() => onChoose(row.field.path)}
          onToggle={() => onToggle(row.field.path)}
        />
      ))}
    </ul>
  );
}

interface FieldProps {
  id: string;
  row: FieldRow;
  chosen: boolean;
  open: boolean;
  onChoose(): void;
  onToggle(): void;
}

function Field({ id, row: { field, level }, chosen, open, onChoose, onToggle }: FieldProps) {
  const { t } = useTranslation();
  const { name, type, required, rules, children, description } = field;
  const Twisty = open ? ChevronDown : ChevronRight;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the tree has the keys of all its items
    <li
      id={id}
      role="treeitem"
      aria-level={level}
      aria-selected={chosen}
      aria-expanded={children.length > 0 ? open : undefined}
      tabIndex={-1}
      onClick={() => {
        if (chosen || !open) onToggle();
        onChoose();
      }}
      style={{ paddingInlineStart: `${level * 16 - 8}px` }}
      className={classNames("flex h-7 cursor-default items-center gap-1.5 pr-3", chosen ? "bg-selected" : "hover:bg-hover")}
    >
      {children.length > 0 ? <Twisty size={14} aria-hidden className="shrink-0 text-muted-foreground" /> : <span className="w-3.5 shrink-0" />}
      <span className="shrink-0 font-mono text-code">{name}</span>
      {required ? <span className="shrink-0 text-meta text-pending">{t("definitions.required")}</span> : null}
      <span className="shrink-0 text-meta text-muted-foreground">{type}</span>
      {rules.length > 0 ? <ShieldCheck size={13} aria-label={t("definitions.rules")} className="shrink-0 text-muted-foreground" /> : null}
      <span className="truncate text-meta text-muted-foreground">{description}</span>
    </li>
  );
}

/** All that the schema says of one field. */
function FieldCard({ resource, field }: { resource: string; field: SchemaField }) {
  const { t } = useTranslation();
  const { copy } = useCommands();
  const line = `kubectl explain ${resource}.${field.path}`;
  return (
    <section
      aria-label={t("definitions.field")}
      className="w-[45%] shrink-0 space-y-2 overflow-auto border-l border-border px-3 py-2"
      data-selectable
    >
      <h3 className="font-mono text-code font-medium break-all">{field.path}</h3>
      <p className="text-muted-foreground">
        {field.type}
        {field.required ? ` · ${t("definitions.required")}` : ""}
        {field.default === undefined ? "" : ` · ${t("definitions.default", { value: field.default })}`}
      </p>
      <p className="break-words whitespace-pre-wrap">{field.description || t("definitions.undescribed")}</p>
      {field.enum.length > 0 ? (
        <div>
          <p className="text-meta text-muted-foreground">{t("definitions.enum")}</p>
          <div className="flex flex-wrap gap-1">
            {field.enum.map((value) => (
              <Chip key={value} className="font-mono">
                {value || '""'}
              </Chip>
            ))}
          </div>
        </div>
      ) : null}
      {field.limits.length > 0 ? (
        <ul className="list-disc pl-4 text-muted-foreground">
          {field.limits.map(({ id, value }) => (
            <li key={`${id} ${value}`} className="break-words">
              {t(`definitions.limits.${id}`, { value })}
            </li>
          ))}
        </ul>
      ) : null}
      {field.rules.length > 0 ? <Rules rules={field.rules} /> : null}
      <div className="flex items-center gap-1 text-muted-foreground">
        <code className="min-w-0 truncate font-mono text-code">{line}</code>
        <IconButton icon={Copy} label={t("definitions.copy")} size="small" onClick={() => void copy(line, "kubectl")} />
      </div>
    </section>
  );
}

function Rules({ rules }: Pick<SchemaField, "rules">) {
  const { t } = useTranslation();
  return (
    <div className="p-1">
      <p className="text-meta text-muted-foreground">{t("definitions.rules")}</p>
      <ul className="space-y-1" aria-label={t("definitions.rules")}>
        {rules.map(({ rule, message }) => (
          <li key={rule}>
            <code className="block rounded-control bg-sidebar px-1.5 py-0.5 font-mono text-code break-words">{rule}</code>
            {message ? <span className="text-meta text-muted-foreground">{message}</span> : null}
          </li>
        ))}
      </ul>
    </div>
  );
}
