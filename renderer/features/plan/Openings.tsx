import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { clusterOfLink, objectOfLink, parseDeepLink, type DeepLink } from "../../../shared/deepLink.ts";
import type { Opening } from "../../../shared/windowHost.ts";
import { detailSections, pathTo, type DetailSection } from "../../app/routes.ts";
import { useClusterId, useNamespaces, useWorkspace } from "../../app/workspace.ts";
import { useCluster, useClusters, useResources } from "../../data/clusterState.ts";
import { host } from "../../data/host.ts";
import { useQuestions } from "../actions/questions.ts";
import { useMakePlan } from "./useMakePlan.ts";

const isSection = (tab: string | undefined): tab is DetailSection => (detailSections as readonly (string | undefined)[]).includes(tab);

/** Opens what the desktop asks for: files become a plan, a link is opened once its target was shown and agreed to. */
export function Openings() {
  const { t } = useTranslation();
  const [link, setLink] = useState<DeepLink | null>(null);
  const [paths, setPaths] = useState<string[]>([]);

  useEffect(() => {
    host().onOpened((opening: Opening) => {
      if ("paths" in opening) setPaths((before) => [...before, ...opening.paths]);
      else if ("cluster" in opening) useWorkspace.getState().setCluster(opening.cluster);
      else {
        try {
          setLink(parseDeepLink(opening.link));
        } catch (error) {
          toast.error(t("openings.badLink"), { description: (error as Error).message });
        }
      }
    });
  }, [t]);

  return (
    <>
      {paths.length > 0 ? <FilesOpening key={paths.join()} paths={paths} onDone={() => setPaths([])} /> : null}
      {link ? <LinkOpening key={JSON.stringify(link)} link={link} onDone={() => setLink(null)} /> : null}
    </>
  );
}

/** Makes a plan of files as soon as the cluster is up: a double click on one may be what starts the app. */
function FilesOpening({ paths, onDone }: { paths: string[]; onDone(): void }) {
  const cluster = useClusterId();
  const namespaces = useNamespaces();
  const makePlan = useMakePlan();
  const ready = useCluster(cluster)?.phase === "ready";
  const made = useRef(false);
  useEffect(() => {
    if (!ready || made.current) return;
    made.current = true;
    makePlan({ cluster, namespace: namespaces.length === 1 ? namespaces[0]! : "default", sources: paths.map((path) => ({ path })) });
    onDone();
  }, [ready, paths, cluster, namespaces, makePlan, onDone]);
  return null;
}

/** Waits until it is known what the link means, asks, and goes there. */
function LinkOpening({ link, onDone }: { link: DeepLink; onDone(): void }) {
  const { t } = useTranslation();
  const clusters = useClusters();
  const cluster = clusterOfLink(link, clusters);
  const resources = useResources(cluster?.id ?? "local");
  const object = objectOfLink(link, resources);
  const unknownCluster = clusters.length > 0 && !cluster;
  const unknownKind = cluster !== undefined && resources.length > 0 && !object;

  useEffect(() => {
    if (!unknownCluster && !unknownKind) return;
    const problem = unknownCluster ? t("openings.noCluster", { cluster: link.cluster }) : t("openings.noKind", { kind: link.kind });
    toast.error(t("openings.badLink"), { description: problem });
    onDone();
  }, [unknownCluster, unknownKind, link, onDone, t]);

  const asked = useRef(false);
  useEffect(() => {
    // What the link means does not change while it is asked about.
    if (!cluster || !object || asked.current) return;
    asked.current = true;
    const where = object.namespace ? `${object.namespace}/${object.name}` : object.name;
    void useQuestions
      .getState()
      .ask({
        title: t("openings.title"),
        body: t("openings.body", { kind: object.resource, name: where, cluster: cluster.name }),
        action: t("actions.open"),
        danger: false,
      })
      .then((yes) => {
        onDone();
        if (yes) useWorkspace.getState().openTab(pathTo.object({ cluster: cluster.id, object }, isSection(link.tab) ? link.tab : "overview"));
      });
  }, [cluster, object, link, onDone, t]);
  return null;
}
