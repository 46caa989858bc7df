import { ArrowUpRight, FileUp, Globe, Package } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { HomeMessage, ObjectRef, ResourceRef } from "../../../shared/contract.ts";
import { useKindNames } from "../../app/kindNames.ts";
import { pathTo } from "../../app/routes.ts";
import { useNamespaces, useWorkspace } from "../../app/workspace.ts";
import { useCluster, useEngine, useHome } from "../../data/clusterState.ts";
import { builtIn, resourceKey, resourceOf } from "../../data/references.ts";
import { useCommands } from "../../data/useCommands.ts";
import { Age } from "../../ui/Age.tsx";
import { Button, IconButton } from "../../ui/Button.tsx";
import { classNames } from "../../ui/classNames.ts";
import { formatBytes, formatCores, formatNumber } from "../../ui/format.ts";
import { Skeleton } from "../../ui/Notice.tsx";
import { Section } from "../../ui/Section.tsx";
import { Status, StatusIcon } from "../../ui/Status.tsx";
import { Meter } from "../../ui/Usage.tsx";
import { FreshnessNotice } from "../clusters/FreshnessNotice.tsx";
import { EngineNotice, StartingSteps } from "../clusters/EngineState.tsx";
import { openFilePicker } from "../plan/fileInput.ts";
import { useMakePlan } from "../plan/useMakePlan.ts";
import { sampleManifest } from "./sample.ts";

type HomePart = { cluster: string; home: HomeMessage };

function KindCount({ cluster, resource, total, failing }: { cluster: string; resource: ResourceRef; total: number; failing: number }) {
  const { t } = useTranslation();
  const navigate = useWorkspace((state) => state.navigate);
  const { plural } = useKindNames(resource);
  return (
    <li className="min-w-28 flex-1 border-l border-border first:border-l-0">
      <button
        type="button"
        onClick={() => navigate(pathTo.list(cluster, resource))}
        className="focus-inset flex w-full flex-col items-start rounded-control px-3 py-1.5 text-left hover:bg-hover"
      >
        <span className="text-page font-semibold tabular-nums">{formatNumber(total)}</span>
        <span className="text-muted-foreground">{plural}</span>
      </button>
      {failing > 0 ? (
        <button
          type="button"
          onClick={() => navigate(pathTo.list(cluster, resource), { statuses: ["failed"] })}
          className="focus-inset mx-1 rounded-control px-2 py-0.5 hover:bg-hover"
        >
          <Status status="failed" text={t("home.failing", { count: failing })} />
        </button>
      ) : null}
    </li>
  );
}

function Counts({ cluster, home }: HomePart) {
  const { t } = useTranslation();
  return (
    <ul aria-label={t("home.counts")} className="flex flex-wrap gap-y-2 rounded-panel border border-border bg-card py-1.5">
      {home.counts.map((count) => (
        <KindCount key={resourceKey(count.resource)} cluster={cluster} {...count} />
      ))}
    </ul>
  );
}

function Problems({ cluster, home }: HomePart) {
  const { t } = useTranslation();
  const { navigate, show } = useWorkspace.getState();
  const open = (objects: ObjectRef[], status: HomeMessage["problems"][number]["status"]) => {
    const first = objects[0];
    if (!first) return;
    if (objects.length === 1) show({ cluster, object: first });
    else navigate(pathTo.list(cluster, resourceOf(first)), { statuses: [status] });
  };
  if (home.problems.length === 0) {
    return (
      <p className="flex items-center gap-2 rounded-panel bg-running-tint px-3 py-2">
        <Status status="running" text={t("home.noProblems")} />
      </p>
    );
  }
  return (
    <Section title={t("home.problems")} count={home.problems.length}>
      <ul className="overflow-hidden rounded-panel border border-border bg-card">
        {home.problems.map((problem) => (
          <li key={problem.cause} className="border-t border-border first:border-t-0">
            <button
              type="button"
              onClick={() => open(problem.objects, problem.status)}
              className="focus-inset flex w-full items-start gap-2.5 px-3 py-2 text-left hover:bg-hover"
            >
              <StatusIcon status={problem.status} size={16} className="mt-0.5" />
              <span className="min-w-0 flex-1">
                <span className="font-medium">
                  {problem.cause}
                  {problem.count > 1 ? <span className="ml-1.5 text-muted-foreground tabular-nums">×{formatNumber(problem.count)}</span> : null}
                </span>
                <span className="block text-muted-foreground">{problem.next}</span>
              </span>
              <span className="max-w-[45%] shrink-0 truncate text-muted-foreground">
                {problem.objects
                  .slice(0, 2)
                  .map((object) => object.name)
                  .join(", ")}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Apps({ cluster, home }: HomePart) {
  const { t } = useTranslation();
  const show = useWorkspace((state) => state.show);
  const { openService } = useCommands();
  if (home.apps.length === 0) return null;
  return (
    <Section title={t("home.apps")} count={home.apps.length}>
      <ul className="overflow-hidden rounded-panel border border-border bg-card">
        {home.apps.map((app) => (
          <li key={`${app.namespace}/${app.name}`} className="flex items-center border-t border-border first:border-t-0 hover:bg-hover">
            <button
              type="button"
              onClick={() => show({ cluster, object: app.owner })}
              className="focus-inset flex min-h-9 min-w-0 flex-1 items-center gap-2.5 px-3 text-left"
            >
              <StatusIcon status={app.status} size={16} />
              <span className="min-w-0 truncate font-medium">{app.name}</span>
              <span className="truncate text-muted-foreground">{app.namespace}</span>
              <span className="flex-1" />
              <span className={classNames("tabular-nums", app.ready < app.desired ? "font-medium text-pending" : "text-muted-foreground")}>
                {t("home.ready", { ready: app.ready, desired: app.desired })}
              </span>
            </button>
            {app.url ? (
              <Button
                variant="ghost"
                icon={ArrowUpRight}
                className="mr-1.5 max-w-52"
                aria-label={t("actions.openUrl", { url: app.url })}
                onClick={() => void openService({ cluster, object: app.owner }, app.url)}
              >
                <span className="truncate">{app.url.replace(/^https?:\/\//, "")}</span>
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Nodes({ cluster, home }: HomePart) {
  const { t } = useTranslation();
  const show = useWorkspace((state) => state.show);
  if (home.nodes.length === 0) return null;
  return (
    <Section title={t("home.nodes")} count={home.nodes.length}>
      <ul className="overflow-hidden rounded-panel border border-border bg-card">
        {home.nodes.map((node) => {
          const bars = [
            {
              name: "CPU",
              share: node.cpu === undefined ? undefined : node.cpu / node.cpuCapacity,
              text: `${node.cpu === undefined ? "–" : formatCores(node.cpu)} / ${formatCores(node.cpuCapacity)}`,
            },
            {
              name: t("metrics.memory"),
              share: node.memory === undefined ? undefined : node.memory / node.memoryCapacity,
              text: `${node.memory === undefined ? "–" : formatBytes(node.memory)} / ${formatBytes(node.memoryCapacity)}`,
            },
            { name: "Pods", share: node.pods / node.maxPods, text: `${node.pods} / ${node.maxPods}` },
          ];
          return (
            <li key={node.name} className="border-t border-border first:border-t-0">
              <button
                type="button"
                onClick={() => show({ cluster, object: { ...builtIn("", "nodes"), name: node.name } })}
                className="focus-inset w-full px-3 py-2 text-left hover:bg-hover"
              >
                <span className="flex items-center gap-2.5">
                  <StatusIcon status={node.status} size={16} />
                  <span className="min-w-0 flex-1 truncate font-medium">{node.name}</span>
                  <span className="text-muted-foreground">{node.text}</span>
                </span>
                <span className="mt-1.5 grid grid-cols-3 gap-4 pl-[1.625rem]">
                  {bars.map((bar) => (
                    <span key={bar.name} className="min-w-0">
                      <span className="flex justify-between gap-2 text-meta text-muted-foreground tabular-nums">
                        <span>{bar.name}</span>
                        <span className="truncate">{bar.text}</span>
                      </span>
                      <Meter className="mt-0.5" share={bar.share ?? 0} label={`${bar.name} ${bar.text}`} />
                    </span>
                  ))}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

const recentShown = 12;

function Recent({ cluster, home }: HomePart) {
  const { t } = useTranslation();
  const { show, navigate } = useWorkspace.getState();
  if (home.recent.length === 0) return null;
  return (
    <Section
      title={t("home.recent")}
      actions={
        <Button variant="ghost" onClick={() => navigate(pathTo.list(cluster, builtIn("", "events")))}>
          {t("home.allEvents")}
        </Button>
      }
    >
      <ol className="overflow-hidden rounded-panel border border-border bg-card py-1">
        {home.recent.slice(0, recentShown).map((event, index) => (
          <li key={index}>
            <button
              type="button"
              onClick={() => show({ cluster, object: event.object })}
              className="focus-inset flex min-h-7 w-full items-center gap-2.5 px-3 text-left hover:bg-hover"
            >
              <StatusIcon status={event.type === "Warning" ? "failed" : "succeeded"} />
              <span className="w-28 shrink-0 truncate">{event.reason}</span>
              <span className="min-w-0 flex-1 truncate text-muted-foreground" title={event.message}>
                {event.object.name} · {event.message}
              </span>
              <Age at={event.at} className="shrink-0 text-meta text-muted-foreground tabular-nums" />
            </button>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Card({ icon, title, body, action }: { icon: ReactNode; title: string; body: string; action: ReactNode }) {
  return (
    <li className="flex flex-1 basis-52 flex-col gap-1 rounded-panel border border-border bg-card p-3">
      <span className="text-muted-foreground">{icon}</span>
      <h3 className="mt-1 font-semibold">{title}</h3>
      <p className="flex-1 text-muted-foreground">{body}</p>
      <div className="mt-2">{action}</div>
    </li>
  );
}

/** No wizard: the cluster is up, and three ways to begin. */
function FirstSteps({ cluster }: { cluster: string }) {
  const { t } = useTranslation();
  const makePlan = useMakePlan();
  return (
    <Section title={t("home.begin")}>
      <ul className="flex flex-wrap gap-3">
        <Card
          icon={<FileUp size={18} aria-hidden />}
          title={t("home.dropTitle")}
          body={t("home.dropBody")}
          action={
            <Button variant="primary" onClick={openFilePicker}>
              {t("drop.openFiles")}
            </Button>
          }
        />
        <Card
          icon={<Package size={18} aria-hidden />}
          title={t("home.sampleTitle")}
          body={t("home.sampleBody")}
          action={
            <Button onClick={() => makePlan({ cluster, namespace: "default", sources: [{ name: "hello.yaml", text: sampleManifest }] })}>
              {t("home.sampleAction")}
            </Button>
          }
        />
        <Card
          icon={<Globe size={18} aria-hidden />}
          title={t("home.connectTitle")}
          body={t("home.connectBody")}
          action={<Button onClick={() => document.getElementById("cluster-switcher")?.click()}>{t("home.connectAction")}</Button>}
        />
      </ul>
    </Section>
  );
}

/** Problems first, then apps, nodes and what happened lately. */
export function Home({ cluster }: { cluster: string }) {
  const { t } = useTranslation();
  const namespaces = useNamespaces();
  const summary = useCluster(cluster);
  const engine = useEngine();
  const { message: home } = useHome(cluster, namespaces);
  const starting = summary?.kind === "local" && engine !== undefined && engine.phase !== "ready";
  const fresh = home && !starting && home.apps.length === 0 && home.freshness.state === "live";
  return (
    <div className="h-full overflow-y-auto">
      <div className={classNames("mx-auto flex max-w-6xl flex-col gap-5 px-6 py-5", home?.freshness.state === "stale" && "[&_ul]:stale")}>
        <div className="flex items-center gap-3">
          <h1 className="text-page font-semibold">{summary?.name ?? cluster}</h1>
          <span className="truncate text-muted-foreground" data-selectable>
            {[summary?.version && `Kubernetes ${summary.version}`, summary?.server].filter(Boolean).join(" · ")}
          </span>
          <span className="flex-1" />
          {fresh ? null : <IconButton icon={FileUp} label={t("drop.openFiles")} onClick={openFilePicker} />}
        </div>
        {summary?.kind === "local" && engine ? <EngineNotice engine={engine} /> : null}
        {starting ? <StartingSteps engine={engine} /> : null}
        {home ? (
          <>
            <FreshnessNotice cluster={cluster} freshness={home.freshness} />
            {fresh ? <FirstSteps cluster={cluster} /> : <Problems cluster={cluster} home={home} />}
            <Counts cluster={cluster} home={home} />
            <div className="grid items-start gap-5 lg:grid-cols-2">
              <div className="flex min-w-0 flex-col gap-5">
                <Apps cluster={cluster} home={home} />
                <Nodes cluster={cluster} home={home} />
              </div>
              <Recent cluster={cluster} home={home} />
            </div>
          </>
        ) : starting ? null : (
          <div className="flex flex-col gap-4" aria-hidden>
            <Skeleton className="w-2/5" />
            <Skeleton className="w-3/5" />
            <Skeleton className="w-1/3" />
          </div>
        )}
      </div>
    </div>
  );
}
