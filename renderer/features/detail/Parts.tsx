import { ArrowRight, ArrowUpRight, Eye, EyeOff, Lightbulb } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Node, Service } from "../../../shared/kubernetes/types.ts";
import type { ObjectMessage, Target } from "../../../shared/contract.ts";
import { pathTo } from "../../app/routes.ts";
import { useWorkspace } from "../../app/workspace.ts";
import { resourceOf } from "../../data/references.ts";
import { useConnection } from "../../data/services.tsx";
import { useCommands } from "../../data/useCommands.ts";
import { Age } from "../../ui/Age.tsx";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Chip, ChipButton, Fact, Facts, Section } from "../../ui/Section.tsx";
import { Status, StatusIcon } from "../../ui/Status.tsx";
import { ObjectLink } from "./ObjectLink.tsx";
import type { Condition } from "./summary.ts";

/** Cause, evidence, next step. */
export function Why({ why, actions }: { why: NonNullable<ObjectMessage["why"]>; actions?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <section aria-label={t("detail.why")} className="rounded-panel bg-failed-tint px-3 py-2.5" data-selectable>
      <h2 className="flex items-center gap-1.5 font-semibold text-failed">
        <StatusIcon status="failed" />
        {why.cause}
      </h2>
      {why.evidence.length > 0 ? (
        <ul className="mt-1 space-y-0.5 pl-5">
          {why.evidence.map((line) => (
            <li key={line} className="font-mono text-code break-words">
              {line}
            </li>
          ))}
        </ul>
      ) : null}
      <p className="mt-1.5 flex items-start gap-1.5">
        <Lightbulb size={14} aria-hidden className="mt-0.5 shrink-0 text-pending-icon" />
        {why.next}
      </p>
      {actions ? <div className="mt-2 flex gap-2">{actions}</div> : null}
    </section>
  );
}

/** A condition is well when it says what its kind wants: most want True, pressure and failure want False. */
const isWell = (condition: Condition): boolean =>
  /Pressure|Failure|Unavailable|Terminating|Deleting/.test(condition.type) ? condition.status === "False" : condition.status === "True";

export function Conditions({ conditions }: { conditions: Condition[] }) {
  const { t } = useTranslation();
  if (conditions.length === 0) return null;
  return (
    <Section title={t("detail.conditions")} count={conditions.length}>
      <ul>
        {conditions.map((condition) => (
          <li key={condition.type} className="flex min-w-0 items-baseline gap-3 py-0.5">
            <Status
              status={condition.status === "Unknown" ? "unknown" : isWell(condition) ? "running" : "pending"}
              text={condition.type}
              className="w-52 shrink-0"
            />
            <span className="w-14 shrink-0 text-muted-foreground">{condition.status}</span>
            <span className="min-w-0 flex-1 truncate text-muted-foreground" title={condition.message} data-selectable>
              {[condition.reason, condition.message].filter(Boolean).join(": ")}
            </span>
            {condition.lastTransitionTime ? (
              <Age at={Date.parse(condition.lastTransitionTime)} className="text-meta text-muted-foreground tabular-nums" />
            ) : null}
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Labels filter the list of their kind; annotations fold away. */
export function Labels({ target, labels, annotations }: { target: Target; labels: Record<string, string>; annotations: Record<string, string> }) {
  const { t } = useTranslation();
  const navigate = useWorkspace((state) => state.navigate);
  const notes = Object.entries(annotations).filter(([name]) => name !== "kubectl.kubernetes.io/last-applied-configuration");
  return (
    <>
      {Object.keys(labels).length > 0 ? (
        <Section title={t("detail.labels")}>
          <div className="flex flex-wrap gap-1">
            {Object.entries(labels).map(([name, value]) => (
              <ChipButton
                key={name}
                label={t("detail.filterByLabel", { label: `${name}=${value}` })}
                onClick={() => navigate(pathTo.list(target.cluster, resourceOf(target.object)), { labelSelector: `${name}=${value}` })}
              >
                <span className="truncate font-mono">
                  <span className="text-muted-foreground">{name}=</span>
                  {value}
                </span>
              </ChipButton>
            ))}
          </div>
        </Section>
      ) : null}
      {notes.length > 0 ? (
        <Section title={t("detail.annotations")} count={notes.length}>
          <Facts>
            {notes.map(([name, value]) => (
              <Fact key={name} name={name}>
                <span className="line-clamp-3 font-mono text-code break-all">{value}</span>
              </Fact>
            ))}
          </Facts>
        </Section>
      ) : null}
    </>
  );
}

const relationOrder = ["owner", "node", "selects", "selected-by", "owned", "uses", "used-by"] as const;
const relatedShown = 12;

export function Related({ cluster, related }: { cluster: string; related: ObjectMessage["related"] }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  if (related.length === 0) return null;
  const sorted = related.toSorted((a, b) => relationOrder.indexOf(a.relation) - relationOrder.indexOf(b.relation));
  const shown = all ? sorted : sorted.slice(0, relatedShown);
  return (
    <Section title={t("detail.related")} count={related.length}>
      <ul>
        {shown.map((each) => (
          <li key={`${each.relation} ${each.kind} ${each.object.namespace ?? ""}/${each.object.name}`} className="flex min-w-0 items-center gap-3">
            <span className="w-20 shrink-0 text-muted-foreground">{t(`relations.${each.relation}`)}</span>
            <span className="w-24 shrink-0 truncate text-muted-foreground" title={each.kind}>
              {each.kind}
            </span>
            <span className="flex min-w-0 flex-1 items-center gap-1.5 overflow-hidden">
              {each.status ? <StatusIcon status={each.status} /> : null}
              <ObjectLink cluster={cluster} object={each.object} />
            </span>
            {each.text ? <span className="max-w-44 shrink-0 truncate text-muted-foreground">{each.text}</span> : null}
          </li>
        ))}
      </ul>
      {sorted.length > shown.length ? (
        <Button variant="ghost" className="-ml-2" onClick={() => setAll(true)}>
          {t("detail.showAll", { count: sorted.length })}
        </Button>
      ) : null}
    </Section>
  );
}

export function ServicePorts({ target, service }: { target: Target; service: Service }) {
  const { t } = useTranslation();
  const { openService } = useCommands();
  const ports = service.spec?.ports ?? [];
  const named = ports.some((port) => port.name);
  return (
    <Section title={t("detail.ports")} count={ports.length}>
      <ul>
        {ports.map((port) => (
          <li key={`${port.port}/${port.protocol ?? ""}`} className="flex min-h-8 items-center gap-2 border-t border-border first:border-t-0">
            {named ? <span className="w-20 shrink-0 truncate text-muted-foreground">{port.name}</span> : null}
            <span className="font-mono text-code">{port.port}</span>
            <ArrowRight size={13} aria-hidden className="text-muted-foreground" />
            <span className="font-mono text-code">{String(port.targetPort ?? port.port)}</span>
            {port.nodePort ? <Chip>{t("detail.nodePort", { port: port.nodePort })}</Chip> : null}
            <span className="text-meta text-muted-foreground">{port.protocol ?? "TCP"}</span>
            <span className="flex-1" />
            {port.protocol === "UDP" || service.spec?.clusterIP === "None" ? null : (
              <Button
                icon={ArrowUpRight}
                aria-label={t("detail.openPort", { port: port.port })}
                onClick={() => void openService(target, undefined, String(port.port))}
              >
                {t("actions.open")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function ServiceFacts({ service }: { service: Service }) {
  const { t } = useTranslation();
  const { spec, status } = service;
  const external = (status?.loadBalancer?.ingress ?? []).map((each) => each.hostname ?? each.ip).filter(Boolean);
  return (
    <Facts>
      <Fact name={t("detail.type")}>{spec?.type ?? "ClusterIP"}</Fact>
      <Fact name="Cluster IP">{spec?.clusterIP ?? "–"}</Fact>
      {external.length > 0 ? <Fact name={t("detail.external")}>{external.join(", ")}</Fact> : null}
      <Fact name={t("detail.selector")}>
        <span className="font-mono text-code">
          {Object.entries(spec?.selector ?? {})
            .map(([name, value]) => `${name}=${value}`)
            .join(",") || "–"}
        </span>
      </Fact>
      {spec?.sessionAffinity && spec.sessionAffinity !== "None" ? <Fact name={t("detail.affinity")}>{spec.sessionAffinity}</Fact> : null}
    </Facts>
  );
}

export function NodeFacts({ node }: { node: Node }) {
  const { t } = useTranslation();
  const info = node.status?.nodeInfo;
  const names = ["cpu", "memory", "pods", "ephemeral-storage"];
  return (
    <>
      <Facts>
        <Fact name={t("detail.version")}>{info?.kubeletVersion ?? "–"}</Fact>
        <Fact name={t("detail.runtime")}>{info?.containerRuntimeVersion ?? "–"}</Fact>
        <Fact name={t("detail.system")}>{[info?.osImage, info?.architecture].filter(Boolean).join(", ")}</Fact>
        <Fact name={t("detail.addresses")}>{(node.status?.addresses ?? []).map((each) => each.address).join(", ")}</Fact>
        {node.spec?.podCIDR ? <Fact name="Pod CIDR">{node.spec.podCIDR}</Fact> : null}
        {(node.spec?.taints ?? []).length > 0 ? (
          <Fact name={t("detail.taints")}>
            {node.spec!.taints!.map((taint) => `${taint.key}${taint.value ? `=${taint.value}` : ""}:${taint.effect}`).join(", ")}
          </Fact>
        ) : null}
      </Facts>
      <Section title={t("detail.capacity")}>
        <table className="w-full text-left tabular-nums">
          <thead className="text-meta text-muted-foreground">
            <tr>
              <th className="font-medium">{t("detail.resource")}</th>
              <th className="font-medium">{t("detail.capacity")}</th>
              <th className="font-medium">{t("detail.allocatable")}</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name} className="border-t border-border">
                <td className="py-1">{name}</td>
                <td>{node.status?.capacity?.[name] ?? "–"}</td>
                <td>{node.status?.allocatable?.[name] ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
    </>
  );
}

export function ConfigData({ data }: { data: Record<string, unknown> }) {
  const { t } = useTranslation();
  const entries = Object.entries(data);
  return (
    <Section title={t("detail.data")} count={entries.length}>
      <ul className="space-y-2">
        {entries.map(([name, value]) => (
          <li key={name}>
            <p className="font-mono text-code text-muted-foreground">{name}</p>
            <pre className="max-h-60 overflow-auto rounded-control bg-sidebar px-2 py-1 font-mono text-code whitespace-pre-wrap">{String(value)}</pre>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** A revealed value hides itself after this time (ms). */
const revealTime = 30_000;

function SecretKey({ target, name }: { target: Target; name: string }) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { copySecret } = useCommands();
  const [value, setValue] = useState<string>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    if (value === undefined) return;
    const timer = setTimeout(() => setValue(undefined), revealTime);
    return () => clearTimeout(timer);
  }, [value]);
  const fetch = () => connection.request("secrets.reveal", { ...target, key: name });
  const toggle = () =>
    value === undefined
      ? void fetch().then(
          (answer) => setValue(answer.value),
          (problem: Error) => setError(problem.message),
        )
      : setValue(undefined);
  return (
    <li className="border-t border-border py-1.5 first:border-t-0">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-mono text-code">{name}</span>
        <span className="font-mono text-code text-muted-foreground">{value === undefined ? "••••••••" : ""}</span>
        <Button
          variant="ghost"
          aria-label={t("detail.copySecret", { name })}
          onClick={() =>
            void fetch().then(
              (answer) => copySecret(answer.value),
              (problem: Error) => setError(problem.message),
            )
          }
        >
          {t("common.copy")}
        </Button>
        <IconButton
          icon={value === undefined ? Eye : EyeOff}
          label={value === undefined ? t("detail.reveal", { name }) : t("detail.hide", { name })}
          onClick={toggle}
        />
      </div>
      {value === undefined ? null : (
        <pre className="mt-1 max-h-60 overflow-auto rounded-control bg-sidebar px-2 py-1 font-mono text-code whitespace-pre-wrap">{value}</pre>
      )}
      {error ? <p className="mt-1 text-failed">{error}</p> : null}
    </li>
  );
}

export function SecretData({ target, keys }: { target: Target; keys: string[] }) {
  const { t } = useTranslation();
  return (
    <Section title={t("detail.data")} count={keys.length}>
      <p className="mb-1 text-muted-foreground">{t("detail.secretHint")}</p>
      <ul>
        {keys.map((name) => (
          <SecretKey key={name} target={target} name={name} />
        ))}
      </ul>
    </Section>
  );
}
