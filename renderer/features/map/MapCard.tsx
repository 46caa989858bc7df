import {
  Boxes,
  Box as BoxIcon,
  Cable,
  Clock,
  Database,
  FileText,
  Gauge,
  Globe,
  KeyRound,
  Layers,
  type LucideIcon,
  Network,
  Play,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { StatusClass } from "../../../shared/contract.ts";
import type { MapNode } from "../../../shared/map.ts";
import { classNames } from "../../ui/classNames.ts";
import { statusClasses, StatusIcon, statusText } from "../../ui/Status.tsx";

const icons: Record<string, LucideIcon> = {
  Deployment: Layers,
  StatefulSet: Database,
  DaemonSet: Boxes,
  ReplicaSet: Layers,
  Job: Play,
  CronJob: Clock,
  Pod: BoxIcon,
  Service: Network,
  Ingress: Globe,
  HorizontalPodAutoscaler: Gauge,
  ConfigMap: FileText,
  Secret: KeyRound,
  PersistentVolumeClaim: Database,
  Group: Boxes,
};

/** What a node says: kind, name, state, and its pods by state. */
export function MapCard({ node }: { node: MapNode }) {
  const { kind, name, status, text, pods } = node;
  const Icon = icons[kind] ?? Cable;
  return (
    <span className="flex min-w-0 flex-1 flex-col gap-0.5 text-left">
      <span className="flex min-w-0 items-center gap-1.5">
        <Icon size={14} aria-hidden className="shrink-0 text-muted-foreground" />
        <span className="truncate font-medium">{name}</span>
      </span>
      <span className="flex min-w-0 items-center gap-1.5 text-meta text-muted-foreground">
        <span className="shrink-0">{kind}</span>
        {status ? <StatusIcon status={status} size={12} /> : null}
        {text ? <span className={classNames("truncate", status && statusText[status])}>{text}</span> : null}
      </span>
      {pods ? <PodCounts pods={pods} /> : null}
    </span>
  );
}

/** `3 running, 1 failed`: a mark for each state, with its number. */
export function PodCounts({ pods }: { pods: Partial<Record<StatusClass, number>> }) {
  const { t } = useTranslation();
  const present = statusClasses.filter((status) => pods[status]);
  return (
    <span className="flex items-center gap-2 text-meta tabular-nums">
      <span className="sr-only">{t("map.pods")}</span>
      {present.map((status) => (
        <span key={status} className={classNames("flex items-center gap-1", statusText[status])}>
          <StatusIcon status={status} size={12} />
          {pods[status]}
          <span className="sr-only">{t(`status.${status}`)}</span>
        </span>
      ))}
    </span>
  );
}
