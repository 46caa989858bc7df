import { Bot, Crown, User, Users, type LucideIcon } from "lucide-react";
import { useEffect, useId, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { AccessSubject, RightsMessage, SubjectSummary } from "../../../shared/access.ts";
import { classNames } from "../../ui/classNames.ts";
import { SearchField } from "../../ui/fields.tsx";
import { subjectKey, subjectText } from "./accessModel.ts";

export const subjectIcons: Record<AccessSubject["kind"], LucideIcon> = { User, Group: Users, ServiceAccount: Bot };
const order: readonly AccessSubject["kind"][] = ["User", "Group", "ServiceAccount"];

interface SubjectListProps {
  subjects: SubjectSummary[];
  me: RightsMessage["me"];
  /** Nobody: the window's own user. */
  chosen: AccessSubject | undefined;
  onChoose(subject: AccessSubject | undefined): void;
}

/** The user, and all that bindings name. One tab stop: arrows choose. */
export function SubjectList({ subjects, me, chosen, onChoose }: SubjectListProps) {
  const { t } = useTranslation();
  const id = useId();
  const noteOf = useNote();
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const shown = order.flatMap((kind) => subjects.filter((subject) => subject.kind === kind && subjectText(subject).toLowerCase().includes(wanted)));
  const options = [undefined, ...shown];
  const keyOf = (subject: AccessSubject | undefined) => (subject ? subjectKey(subject) : "me");
  const idOf = (subject: AccessSubject | undefined) => `${id}-${keyOf(subject)}`;
  const at = options.findIndex((option) => keyOf(option) === keyOf(chosen));
  const chosenId = idOf(chosen);
  useEffect(() => document.getElementById(chosenId)?.scrollIntoView({ block: "nearest" }), [chosenId]);
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: options.length - 1 };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onChoose(options[Math.max(0, Math.min(options.length - 1, next))]);
  };
  return (
    <div className="flex w-64 shrink-0 flex-col border-r border-border bg-sidebar">
      <SearchField
        className="m-2"
        value={text}
        onValue={setText}
        label={t("access.filterSubjects")}
        clearLabel={t("access.clear")}
        placeholder={t("access.filterSubjects")}
      />
      <div
        role="listbox"
        aria-label={t("access.subjects")}
        tabIndex={0}
        aria-activedescendant={idOf(chosen)}
        onKeyDown={onKeyDown}
        className="focus-inset min-h-0 flex-1 overflow-y-auto px-2 pb-2"
      >
        <Option
          id={idOf(undefined)}
          chosen={chosen === undefined}
          icon={User}
          name={t("access.me")}
          note={me?.user ?? ""}
          onChoose={() => onChoose(undefined)}
        />
        {order.map((kind) => {
          const ofKind = shown.filter((subject) => subject.kind === kind);
          return ofKind.length === 0 ? null : (
            <div key={kind} role="group" aria-label={t(`access.plural.${kind}`)}>
              <p aria-hidden className="px-2 pt-3 pb-1 text-meta font-medium text-muted-foreground">
                {t(`access.plural.${kind}`)}
              </p>
              {ofKind.map((subject) => (
                <Option
                  key={subjectKey(subject)}
                  id={idOf(subject)}
                  chosen={chosen !== undefined && subjectKey(chosen) === subjectKey(subject)}
                  icon={subject.everything ? Crown : subjectIcons[kind]}
                  name={subject.name}
                  note={noteOf(subject)}
                  onChoose={() => onChoose({ kind, name: subject.name, ...(subject.namespace ? { namespace: subject.namespace } : {}) })}
                />
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function useNote(): (subject: SubjectSummary) => string {
  const { t } = useTranslation();
  return ({ everything, bindings, namespace }) => {
    const rights = everything ? t("access.everything") : bindings === 0 ? t("access.noBindings") : t("access.bindings", { count: bindings });
    return namespace ? `${namespace} · ${rights}` : rights;
  };
}

interface OptionProps {
  id: string;
  chosen: boolean;
  icon: LucideIcon;
  name: string;
  note: string;
  onChoose(): void;
}

function Option({ id, chosen, icon: Icon, name, note, onChoose }: OptionProps) {
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the list has the keys of all its options
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      tabIndex={-1}
      onClick={onChoose}
      className={classNames("flex items-center gap-2 rounded-control px-2 py-1", chosen ? "bg-selected" : "hover:bg-hover")}
    >
      <Icon size={14} aria-hidden className="shrink-0 text-muted-foreground" />
      <span className="min-w-0">
        <span className="block truncate" title={name}>
          {name}
        </span>
        <span className="block truncate text-meta text-muted-foreground">{note}</span>
      </span>
    </div>
  );
}
