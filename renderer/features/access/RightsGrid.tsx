import { Check, CircleQuestionMark, Layers, Minus, Tag, type LucideIcon } from "lucide-react";
import { useId, useMemo, useState, type KeyboardEvent, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { type AccessQuestion, type AccessRow, type AccessSubject, gridVerbs, type RightsMessage } from "../../../shared/access.ts";
import { classNames } from "../../ui/classNames.ts";
import { Checkbox, SearchField } from "../../ui/fields.tsx";
import { Notice, Skeleton } from "../../ui/Notice.tsx";
import { type CellReach, moveInGrid, qualified, shownRows, subjectText } from "./accessModel.ts";
import { Status } from "../../ui/Status.tsx";
import { ObjectLink } from "../detail/ObjectLink.tsx";
import { Why } from "./Why.tsx";

export const reachLooks: Record<CellReach, { icon: LucideIcon; colour: string }> = {
  all: { icon: Check, colour: "text-running" },
  some: { icon: Layers, colour: "text-pending" },
  names: { icon: Tag, colour: "text-pending" },
  none: { icon: Minus, colour: "text-muted-foreground" },
  unknown: { icon: CircleQuestionMark, colour: "text-unknown" },
};

interface RightsGridProps {
  cluster: string;
  message: RightsMessage;
  subject: AccessSubject | undefined;
  namespaces: string[];
}

/** Resources by verbs; a cell tells why. */
export function RightsGrid({ cluster, message, subject, namespaces }: RightsGridProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [granted, setGranted] = useState(false);
  const [question, setQuestion] = useState<AccessQuestion>();
  const { rows: all, unread, reviewed, freshness, urls } = message;
  const rows = useMemo(() => shownRows(all, { text, granted }), [all, text, granted]);
  const missing: CellReach = unread.length > 0 ? "unknown" : "none";
  const ask = ({ group, resource, namespaced }: AccessRow, verb: string) =>
    setQuestion({ verb, group, resource, namespace: namespaced && namespaces.length === 1 ? namespaces[0]! : "", name: "" });
  return (
    <>
      <Bindings cluster={cluster} message={message} subject={subject} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-border px-4 py-1.5">
        <SearchField
          className="w-56"
          value={text}
          onValue={setText}
          label={t("access.filterResources")}
          clearLabel={t("access.clear")}
          placeholder={t("access.filterResources")}
        />
        <Checkbox label={t("access.grantedOnly")} checked={granted} onChange={(event) => setGranted(event.target.checked)} />
        <Legend reaches={["all", "some", "names", missing]} />
      </div>
      {unread.length > 0 ? (
        <Notice tone="warning" className="mx-4 mt-3" title={t("access.unread")}>
          {t(reviewed ? "access.unreadMe" : "access.unreadWhy", { resources: unread.join(", ") })}
        </Notice>
      ) : null}
      {freshness.state === "failed" ? (
        <Notice tone="error" className="mx-4 mt-3" title={t("access.failed")}>
          {freshness.message}
        </Notice>
      ) : null}
      <div className="min-h-0 flex-1 overflow-auto">
        {freshness.state === "loading" ? (
          <Skeleton className="m-4 w-1/3" />
        ) : rows.length === 0 ? (
          <p className="p-4 text-muted-foreground">{t(granted && !text ? "access.nothingGranted" : "access.nothing")}</p>
        ) : (
          <Grid key={`${text} ${granted}`} rows={rows} missing={missing} asked={question} onAsk={ask} />
        )}
        {urls.length > 0 && !text ? <Urls urls={urls} /> : null}
      </div>
      {question ? <Why cluster={cluster} question={question} subject={subject} onClose={() => setQuestion(undefined)} /> : null}
    </>
  );
}

/** Whose rights these are, and the bindings that give them. */
function Bindings({ cluster, message, subject }: Omit<RightsGridProps, "namespaces">) {
  const { t } = useTranslation();
  const { me, bindings } = message;
  const name = subject ? subjectText(subject) : (me?.user ?? "");
  const note = subject ? t(`access.kinds.${subject.kind}`) : (me?.groups ?? []).join(", ");
  return (
    <div className="border-b border-border px-4 py-1.5">
      <h2 className="truncate text-lead font-semibold">
        {name} <span className="text-meta font-normal text-muted-foreground">{note}</span>
      </h2>
      {bindings.length === 0 ? (
        <p className="text-muted-foreground">{t(message.unread.length > 0 ? "access.noKnownBindings" : "access.noBindings")}</p>
      ) : (
        <ul aria-label={t("access.boundTo")} className="flex max-h-14 flex-wrap gap-x-4 overflow-y-auto">
          {bindings.map(({ binding, role, namespace, missing }) => (
            <li key={JSON.stringify(binding)} className="flex max-w-full items-center gap-1" title={binding.name}>
              <ObjectLink cluster={cluster} object={missing ? binding : role}>
                {role.name}
              </ObjectLink>
              {namespace ? <span className="text-meta text-muted-foreground">{t("access.inNamespace", { namespace })}</span> : null}
              {missing ? <Status status="failed" text={t("access.missingRole")} className="text-meta" /> : null}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Legend({ reaches }: { reaches: CellReach[] }) {
  const { t } = useTranslation();
  return (
    <ul className="ml-auto flex flex-wrap gap-x-3 text-meta text-muted-foreground">
      {reaches.map((reach) => {
        const { icon: Icon, colour } = reachLooks[reach];
        return (
          <li key={reach} className="flex items-center gap-1">
            <Icon size={13} aria-hidden className={colour} /> {t(`access.reach.${reach}`)}
          </li>
        );
      })}
    </ul>
  );
}

interface GridProps {
  rows: AccessRow[];
  missing: CellReach;
  asked: AccessQuestion | undefined;
  onAsk(row: AccessRow, verb: string): void;
}

/** One tab stop: arrows move, Enter asks why. */
function Grid({ rows, missing, asked, onAsk }: GridProps) {
  const { t } = useTranslation();
  const id = useId();
  const [place, setPlace] = useState({ row: 0, column: 0 });
  const current = { row: Math.min(place.row, rows.length - 1), column: place.column };
  const cellId = ({ row, column }: typeof place) => `${id}-${row}-${column}`;
  const onKeyDown = (event: KeyboardEvent) => {
    const next = moveInGrid(current, event.key, rows.length);
    if (next) {
      setPlace(next);
      document.getElementById(cellId(next))?.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (event.key === "Enter") onAsk(rows[current.row]!, gridVerbs[current.column]!);
    if (next || event.key === "Enter") event.preventDefault();
  };
  const onClick = ({ target }: MouseEvent) => {
    const cell = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
    if (!cell) return;
    const [row, column] = [Number(cell.dataset.row), Number(cell.dataset.column)];
    setPlace({ row, column });
    onAsk(rows[row]!, gridVerbs[column]!);
  };
  return (
    <table
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role -- a table is what a grid falls back to
      role="grid"
      aria-label={t("access.grid")}
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      aria-activedescendant={cellId(current)}
      onKeyDown={onKeyDown}
      onClick={onClick}
      className="group/grid focus-inset w-full border-separate border-spacing-0 text-left"
    >
      <thead className="sticky top-0 z-10 bg-background text-meta text-muted-foreground">
        <tr>
          <th scope="col" className="border-b border-border px-4 py-1.5 font-medium">
            {t("access.resource")}
          </th>
          {gridVerbs.map((verb) => (
            <th key={verb} scope="col" className="border-b border-border px-2 py-1.5 text-center font-medium">
              {verb}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <Row
            key={qualified(row)}
            row={row}
            index={index}
            missing={missing}
            cellId={cellId}
            current={index === current.row ? current.column : -1}
            asked={asked && asked.group === row.group && asked.resource === row.resource ? asked.verb : ""}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  row: AccessRow;
  index: number;
  missing: CellReach;
  cellId(place: { row: number; column: number }): string;
  /** The column with the keyboard's place, or -1. */
  current: number;
  /** The verb that was asked of, or none. */
  asked: string;
}

function Row({ row, index, missing, cellId, current, asked }: RowProps) {
  const { t } = useTranslation();
  const { resource, group, verbs } = row;
  return (
    <tr className="hover:bg-hover">
      <th scope="row" className="max-w-72 truncate border-b border-border px-4 py-1 font-normal">
        {resource}
        {group ? <span className="ml-1.5 text-meta text-muted-foreground">{group}</span> : null}
      </th>
      {gridVerbs.map((verb, column) => {
        const reach = verbs[verb] ?? missing;
        const { icon: Icon, colour } = reachLooks[reach];
        return (
          <td
            key={verb}
            id={cellId({ row: index, column })}
            data-row={index}
            data-column={column}
            aria-selected={asked === verb}
            aria-label={t("access.ask", { verb, resource: qualified(row), reach: t(`access.reach.${reach}`) })}
            title={t(`access.reach.${reach}`)}
            className={classNames(
              "h-7 cursor-default border-b border-border text-center",
              asked === verb && "bg-selected",
              current === column &&
                "group-focus-visible/grid:outline-2 group-focus-visible/grid:-outline-offset-2 group-focus-visible/grid:outline-ring",
            )}
          >
            <Icon size={15} aria-hidden className={classNames("mx-auto", colour)} />
          </td>
        );
      })}
    </tr>
  );
}

function Urls({ urls }: Pick<RightsMessage, "urls">) {
  const { t } = useTranslation();
  return (
    <section aria-label={t("access.urls")} className="px-4 py-3">
      <h2 className="pb-1 font-semibold">{t("access.urls")}</h2>
      <ul className="space-y-0.5 font-mono text-code" data-selectable>
        {urls.map(({ url, verbs }) => (
          <li key={url}>
            {url} <span className="text-muted-foreground">{verbs.join(", ")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
