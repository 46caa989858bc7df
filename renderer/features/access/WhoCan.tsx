import { ChevronDown, ChevronRight, UserX } from "lucide-react";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type AccessQuestion, type AccessSubject, gridVerbs, type WhoCanMessage } from "../../../shared/access.ts";
import { useResources, useWhoCan } from "../../data/clusterState.ts";
import { IconButton } from "../../ui/Button.tsx";
import { TextField } from "../../ui/fields.tsx";
import { EmptyState, Notice, Skeleton } from "../../ui/Notice.tsx";
import { FreshnessNotice } from "../clusters/FreshnessNotice.tsx";
import { findResource, namespacesOf, qualified, subjectKey, subjectText } from "./accessModel.ts";
import { subjectIcons } from "./SubjectList.tsx";
import { Grants } from "./Why.tsx";

interface WhoCanProps {
  cluster: string;
  /** The one that the tab shows at first; empty: all. */
  namespace: string;
  onSubject(subject: AccessSubject): void;
}

/** Who may do something, by bindings. */
export function WhoCan({ cluster, namespace: first, onSubject }: WhoCanProps) {
  const { t } = useTranslation();
  const id = useId();
  const resources = useResources(cluster);
  const [verb, setVerb] = useState("delete");
  const [resource, setResource] = useState("pods");
  const [namespace, setNamespace] = useState(first);
  const [name, setName] = useState("");
  const found = findResource(resource, resources);
  const asked = verb.trim() !== "" && resource.trim() !== "";
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-end gap-3 border-b border-border px-4 py-2">
        <Labelled label={t("access.verb")}>
          <TextField label={t("access.verb")} list={`${id}-verbs`} value={verb} onChange={(event) => setVerb(event.target.value)} className="w-32" />
        </Labelled>
        <Labelled label={t("access.resource")}>
          <TextField
            label={t("access.resource")}
            list={`${id}-resources`}
            value={resource}
            invalid={asked && !found}
            placeholder={t("access.resourceHint")}
            onChange={(event) => setResource(event.target.value)}
            className="w-64"
          />
        </Labelled>
        <Labelled label={t("access.namespace")}>
          <TextField
            label={t("access.namespace")}
            value={namespace}
            placeholder={t("access.allNamespaces")}
            onChange={(event) => setNamespace(event.target.value)}
            className="w-44"
          />
        </Labelled>
        <Labelled label={t("access.name")}>
          <TextField
            label={t("access.name")}
            value={name}
            placeholder={t("access.anyName")}
            onChange={(event) => setName(event.target.value)}
            className="w-44"
          />
        </Labelled>
        <datalist id={`${id}-verbs`}>
          {[...gridVerbs, "impersonate", "bind", "escalate", "approve"].map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </datalist>
        <datalist id={`${id}-resources`}>
          {resources.map((each) => (
            <option key={`${each.version} ${qualified(each)}`} value={qualified(each)}>
              {qualified(each)}
            </option>
          ))}
        </datalist>
      </div>
      {!asked ? (
        <p className="p-4 text-muted-foreground">{t("access.askFirst")}</p>
      ) : found ? (
        <Answer cluster={cluster} question={{ verb: verb.trim(), ...found, namespace: namespace.trim(), name: name.trim() }} onSubject={onSubject} />
      ) : (
        <p className="p-4 text-muted-foreground">{t("access.noSuchResource")}</p>
      )}
    </div>
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-0.5">
      <span aria-hidden className="text-meta text-muted-foreground">
        {label}
      </span>
      {children}
    </div>
  );
}

function Answer({ cluster, question, onSubject }: { cluster: string; question: AccessQuestion; onSubject(subject: AccessSubject): void }) {
  const { t } = useTranslation();
  const { message, error } = useWhoCan(cluster, question);
  if (error) return <Notice tone="error" className="m-4" title={error.message} />;
  if (!message || message.freshness.state === "loading") return <Skeleton className="m-4 w-1/3" />;
  const { subjects, unread, freshness } = message;
  return (
    <div className="min-h-0 flex-1 overflow-auto">
      <FreshnessNotice cluster={cluster} freshness={freshness} />
      {unread.length > 0 ? (
        <Notice tone="warning" className="mx-4 my-3" title={t("access.unread")}>
          {t("access.unreadWhy", { resources: unread.join(", ") })}
        </Notice>
      ) : null}
      {subjects.length === 0 ? (
        <EmptyState icon={UserX} title={t(unread.length > 0 ? "access.reach.unknown" : "access.nobody")}>
          {t("access.nobodyWhy")}
        </EmptyState>
      ) : (
        <ul aria-label={t("access.who")}>
          {subjects.map((each) => (
            <Who key={subjectKey(each.subject)} cluster={cluster} who={each} onSubject={onSubject} />
          ))}
        </ul>
      )}
    </div>
  );
}

interface WhoProps {
  cluster: string;
  who: WhoCanMessage["subjects"][number];
  onSubject(subject: AccessSubject): void;
}

function Who({ cluster, who: { subject, grants }, onSubject }: WhoProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const Icon = subjectIcons[subject.kind];
  const namespaces = namespacesOf(grants);
  return (
    <li className="border-b border-border px-4 py-1">
      <div className="flex min-h-7 items-center gap-2">
        <IconButton
          icon={open ? ChevronDown : ChevronRight}
          label={t("access.why")}
          size="small"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        />
        <Icon size={14} aria-hidden className="shrink-0 text-muted-foreground" />
        <span className="w-28 shrink-0 text-meta text-muted-foreground">{t(`access.kinds.${subject.kind}`)}</span>
        <button type="button" className="min-h-6 min-w-0 flex-1 truncate text-left text-link hover:underline" onClick={() => onSubject(subject)}>
          {subjectText(subject)}
        </button>
        <span className="max-w-[40%] truncate text-meta text-muted-foreground">
          {namespaces.length === 0 ? t("access.everywhere") : t("access.inNamespace", { namespace: namespaces.join(", ") })}
          {grants.every(({ rule }) => rule.names.length > 0)
            ? ` · ${t("access.named", { names: [...new Set(grants.flatMap(({ rule }) => rule.names))].join(", ") })}`
            : ""}
        </span>
      </div>
      {open ? (
        <div className="mb-1 ml-8">
          <Grants cluster={cluster} grants={grants} />
        </div>
      ) : null}
    </li>
  );
}
