import { ArrowUpRight, Ellipsis, Maximize2, ScrollText, SquareTerminal, Trash2, X } from "lucide-react";
import { lazy, Suspense, useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ObjectMessage, Row, Target } from "../../../shared/contract.ts";
import { useKindNames } from "../../app/kindNames.ts";
import { pathTo, type DetailSection } from "../../app/routes.ts";
import { useWorkspace } from "../../app/workspace.ts";
import { useObject, useResource } from "../../data/clusterState.ts";
import { builtIn, isResource } from "../../data/references.ts";
import { IconButton } from "../../ui/Button.tsx";
import { classNames } from "../../ui/classNames.ts";
import { Menu } from "../../ui/Menu.tsx";
import { EmptyState, Notice, Skeleton } from "../../ui/Notice.tsx";
import { StatusPill } from "../../ui/Status.tsx";
import { TabList } from "../../ui/TabList.tsx";
import { ActionItems } from "../actions/ActionMenu.tsx";
import { actionKeys, actionsFor, useActionTools, type ObjectAction } from "../actions/objectActions.ts";
import { useRefusal } from "../actions/refusal.ts";
import { FreshnessNotice } from "../clusters/FreshnessNotice.tsx";
import { EmbeddedList } from "../list/EmbeddedList.tsx";
import { ObjectLink } from "./ObjectLink.tsx";
import { Overview } from "./Overview.tsx";
import { Rollouts } from "./Rollouts.tsx";
import { replicasOf, summaryOf, type AnyObject } from "./summary.ts";

const YamlEditor = lazy(() => import("./YamlEditor.tsx"));
const Metrics = lazy(() => import("../metrics/Metrics.tsx"));
const Scheduling = lazy(() => import("../scheduling/Scheduling.tsx"));
const History = lazy(() => import("../history/History.tsx"));

interface DetailProps {
  target: Target;
  section: DetailSection;
  onSection(section: DetailSection): void;
  inDrawer: boolean;
}

const quickIds = ["logs", "shell", "open", "delete"];
const quickIcons = { logs: ScrollText, shell: SquareTerminal, open: ArrowUpRight, delete: Trash2 } as Record<string, typeof Trash2>;

function QuickAction({ cluster, action }: { cluster: string; action: ObjectAction }) {
  const refused = useRefusal(cluster, action);
  return (
    <IconButton icon={quickIcons[action.id] ?? action.icon} label={action.label} keys={actionKeys(action)} refused={refused} onClick={action.run} />
  );
}

function factsOf(object: AnyObject | null): Row["facts"] {
  if (!object) return {};
  const replicas = replicasOf(object);
  return {
    ...(replicas === undefined ? {} : { replicas }),
    paused: object.spec?.["paused"] === true,
    unschedulable: object.spec?.["unschedulable"] === true,
  };
}

/** The sentence under the name: `2 of 3 ready: image not found`. */
function StatusSentence({ object, why }: { object: AnyObject; why: ObjectMessage["why"] }) {
  const { t } = useTranslation();
  const summary = summaryOf(object);
  if (!summary) return null;
  const ready = summary.ready ? t("detail.readyOf", { ready: summary.ready.value, count: summary.ready.of }) : undefined;
  const sentence = ready && why?.cause.startsWith(ready) ? why.cause : [ready, why?.cause].filter(Boolean).join(": ");
  return (
    <span className="flex min-w-0 items-center gap-2">
      <StatusPill status={summary.status} text={summary.word} />
      <span className="truncate text-muted-foreground">{sentence}</span>
    </span>
  );
}

function Header({
  target,
  message,
  object,
  inDrawer,
}: {
  target: Target;
  message: ObjectMessage | undefined;
  object: AnyObject | null;
  inDrawer: boolean;
}) {
  const { t } = useTranslation();
  const { singular } = useKindNames(target.object, useResource(target.cluster, target.object));
  const tools = useActionTools();
  const { navigate, closeDrawer } = useWorkspace.getState();
  const subject = { target, facts: factsOf(object) };
  const actions = actionsFor(subject, tools).filter((action) => quickIds.includes(action.id));
  const owners = message?.related.filter((each) => each.relation === "owner") ?? [];
  return (
    <header className="flex flex-col gap-1.5 px-4 pt-2.5 pb-2">
      <div className="flex h-7 min-w-0 items-center gap-0.5">
        <p className="flex min-w-0 flex-1 items-center gap-1.5 overflow-hidden text-meta whitespace-nowrap text-muted-foreground">
          {singular}
          {target.object.namespace ? <span className="truncate">· {target.object.namespace}</span> : null}
          {owners.map((owner) => (
            <span key={owner.object.name} className="flex min-w-0 items-center gap-1">
              <span className="shrink-0">· {owner.kind}</span>
              <ObjectLink cluster={target.cluster} object={owner.object} />
            </span>
          ))}
        </p>
        {inDrawer ? (
          <>
            <IconButton
              icon={Maximize2}
              label={t("detail.fullPage")}
              onClick={() => {
                navigate(pathTo.object(target));
                closeDrawer();
              }}
            />
            <IconButton icon={X} label={t("detail.close")} keys="Escape" onClick={closeDrawer} />
          </>
        ) : null}
      </div>
      <div className="flex min-w-0 items-center gap-2">
        <h1
          className={classNames("min-w-0 flex-1 truncate font-semibold", inDrawer ? "text-title" : "text-page")}
          title={target.object.name}
          data-selectable
        >
          {target.object.name}
        </h1>
        <div className="flex items-center gap-0.5">
          {actions.map((action) => (
            <QuickAction key={action.id} cluster={target.cluster} action={action} />
          ))}
          <Menu
            label={t("list.actionsOf", { name: target.object.name })}
            align="end"
            trigger={<IconButton icon={Ellipsis} label={t("list.moreActions")} />}
          >
            <ActionItems subject={subject} />
          </Menu>
        </div>
      </div>
      {object ? <StatusSentence object={object} why={message?.why} /> : null}
    </header>
  );
}

function sectionsFor(target: Target): DetailSection[] {
  const { object } = target;
  return [
    "overview",
    "yaml",
    ...(isResource(object, "", "events") || isResource(object, "events.k8s.io", "events") ? [] : (["events"] as const)),
    ...(isResource(object, "", "pods") || isResource(object, "", "nodes") ? (["metrics"] as const) : []),
    ...(isResource(object, "apps", "deployments") ? (["rollouts"] as const) : []),
    ...(isResource(object, "", "pods") ? (["scheduling"] as const) : []),
    "history",
  ];
}

const eventColumnsLeftOut = ["namespace", "name", "first", "source", "count"];
const eventColumns = ["last", "type", "reason", "message", "object"];

interface SectionProps extends Pick<DetailProps, "target" | "section" | "onSection"> {
  message: ObjectMessage;
  object: AnyObject;
}

function SectionContent({ target, section, onSection, message, object }: SectionProps) {
  const { t } = useTranslation();
  const waiting = <Skeleton className="m-4 w-1/2" />;
  const lazily = (content: ReactNode) => <Suspense fallback={waiting}>{content}</Suspense>;
  if (section === "yaml") return lazily(<YamlEditor target={target} yaml={message.yaml} version={object.metadata?.resourceVersion ?? ""} />);
  if (section === "metrics") return lazily(<Metrics target={target} />);
  if (section === "rollouts") return <Rollouts target={target} />;
  if (section === "scheduling") return lazily(<Scheduling target={target} />);
  if (section === "history") return lazily(<History target={target} />);
  if (section === "events") {
    return (
      <div className="h-full px-4 pt-2">
        <EmbeddedList
          cluster={target.cluster}
          resource={builtIn("", "events")}
          namespace={target.object.namespace}
          owner={target.object}
          label={t("detail.eventsOf", { name: target.object.name })}
          omit={eventColumnsLeftOut}
          order={eventColumns}
          empty={t("detail.noEvents")}
        />
      </div>
    );
  }
  return <Overview target={target} message={message} object={object} onScheduling={() => onSection("scheduling")} />;
}

/** Everything about one object: in the drawer, or as a page of its own. */
export function Detail({ target, section, onSection, inDrawer }: DetailProps) {
  const { t } = useTranslation();
  const panelId = useId();
  const { message, error } = useObject(target);
  const object = (message?.object ?? null) as AnyObject | null;
  const sections = sectionsFor(target);
  const shown = sections.includes(section) ? section : "overview";
  const gone = message?.object === null && message.freshness.state === "live";
  return (
    <article aria-label={target.object.name} className="flex h-full min-h-0 flex-col bg-background">
      <Header target={target} message={message} object={object} inDrawer={inDrawer} />
      <TabList
        label={t("detail.sections")}
        panelId={panelId}
        value={shown}
        onValue={onSection}
        options={sections.map((value) => ({ value, label: t(`sections.${value}`) }))}
      />
      <div
        id={panelId}
        role="tabpanel"
        aria-label={t(`sections.${shown}`)}
        tabIndex={-1}
        className={classNames("min-h-0 flex-1", shown === "yaml" || shown === "events" ? "overflow-hidden" : "overflow-y-auto")}
      >
        {message ? <FreshnessNotice cluster={target.cluster} freshness={message.freshness} /> : null}
        {error ? <Notice tone="error" className="m-4" title={error.message} /> : null}
        {gone ? <EmptyState icon={Trash2} title={t("detail.gone", { name: target.object.name })} /> : null}
        {message && object ? <SectionContent target={target} section={shown} onSection={onSection} message={message} object={object} /> : null}
        {!message && !error ? (
          <div className="flex flex-col gap-3 p-4">
            <Skeleton className="w-2/5" />
            <Skeleton className="w-3/5" />
            <Skeleton className="w-1/3" />
          </div>
        ) : null}
      </div>
    </article>
  );
}
