import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Container, ContainerStatus, EnvVar, PodSpec, PodStatus } from "../../../shared/kubernetes/types.ts";
import type { StatusClass } from "../../../shared/contract.ts";
import { builtIn } from "../../data/references.ts";
import { Age } from "../../ui/Age.tsx";
import { Chip, Fact, Facts, Section } from "../../ui/Section.tsx";
import { Status } from "../../ui/Status.tsx";
import { ObjectLink } from "./ObjectLink.tsx";

interface Place {
  cluster: string;
  namespace: string;
}

function stateOf(status: ContainerStatus | undefined): {
  status: StatusClass;
  text: string;
  since?: string | undefined;
  message?: string | undefined;
} {
  const state = status?.state;
  if (state?.running)
    return { status: status!.ready ? "running" : "pending", text: status!.ready ? "Running" : "Running, not ready", since: state.running.startedAt };
  if (state?.terminated) {
    const { exitCode, reason, finishedAt, message } = state.terminated;
    return { status: exitCode === 0 ? "succeeded" : "failed", text: `${reason ?? "Terminated"} (exit code ${exitCode})`, since: finishedAt, message };
  }
  const reason = state?.waiting?.reason ?? "Waiting";
  return { status: /BackOff|Err|Error|Invalid/.test(reason) ? "failed" : "pending", text: reason, message: state?.waiting?.message };
}

const probeText = (container: Container): string[] =>
  (["startupProbe", "readinessProbe", "livenessProbe"] as const).flatMap((name) => {
    const probe = container[name];
    if (!probe) return [];
    const how = probe.httpGet
      ? `GET ${String(probe.httpGet.port)}${probe.httpGet.path ?? "/"}`
      : probe.tcpSocket
        ? `TCP ${String(probe.tcpSocket.port)}`
        : probe.grpc
          ? `gRPC ${probe.grpc.port}`
          : (probe.exec?.command ?? []).join(" ");
    return [`${name.replace("Probe", "")}: ${how}`];
  });

function EnvSource({ env, cluster, namespace }: { env: EnvVar } & Place) {
  const from = env.valueFrom;
  if (!from) return <span className="font-mono text-code">{env.value ?? ""}</span>;
  const map = from.configMapKeyRef ?? from.secretKeyRef;
  if (map?.name) {
    const object = { ...builtIn("", from.configMapKeyRef ? "configmaps" : "secrets"), namespace, name: map.name };
    return (
      <ObjectLink cluster={cluster} object={object}>
        {map.name} · {map.key}
      </ObjectLink>
    );
  }
  return <span className="font-mono text-code">{from.fieldRef?.fieldPath ?? from.resourceFieldRef?.resource}</span>;
}

function Fold({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className="group/fold">
      <summary className="-ml-1 flex h-6 cursor-default list-none items-center gap-1 rounded-control px-1 text-muted-foreground hover:text-foreground">
        <ChevronRight size={13} aria-hidden className="transition-transform group-open/fold:rotate-90" />
        {title}
      </summary>
      <div className="py-1 pl-5">{children}</div>
    </details>
  );
}

const resources = (values: Record<string, string | number> | undefined): string =>
  Object.entries(values ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

function Environment({ container, ...place }: { container: Container } & Place) {
  const { t } = useTranslation();
  const count = (container.env?.length ?? 0) + (container.envFrom?.length ?? 0);
  if (count === 0) return null;
  return (
    <Fold title={t("detail.environment", { count })}>
      <Facts>
        {container.envFrom?.map((from) => {
          const name = from.configMapRef?.name ?? from.secretRef?.name ?? "";
          return (
            <Fact key={`${from.prefix ?? ""}${name}`} name={from.prefix ? `${from.prefix}*` : "*"}>
              <ObjectLink
                cluster={place.cluster}
                object={{ ...builtIn("", from.configMapRef ? "configmaps" : "secrets"), namespace: place.namespace, name }}
              />
            </Fact>
          );
        })}
        {container.env?.map((env) => (
          <Fact key={env.name} name={env.name}>
            <EnvSource env={env} {...place} />
          </Fact>
        ))}
      </Facts>
    </Fold>
  );
}

function Mounts({ container, spec, cluster, namespace }: { container: Container; spec: PodSpec } & Place) {
  const { t } = useTranslation();
  const mounts = container.volumeMounts ?? [];
  if (mounts.length === 0) return null;
  return (
    <Fold title={t("detail.mounts", { count: mounts.length })}>
      <Facts>
        {mounts.map((mount) => {
          const volume = spec.volumes?.find((each) => each.name === mount.name);
          const source = volume?.configMap?.name
            ? { ...builtIn("", "configmaps"), name: volume.configMap.name }
            : volume?.secret?.secretName
              ? { ...builtIn("", "secrets"), name: volume.secret.secretName }
              : volume?.persistentVolumeClaim
                ? { ...builtIn("", "persistentvolumeclaims"), name: volume.persistentVolumeClaim.claimName }
                : undefined;
          return (
            <Fact key={mount.mountPath} name={mount.mountPath}>
              {source ? <ObjectLink cluster={cluster} object={{ ...source, namespace }} /> : <span>{mount.name}</span>}
              {mount.readOnly ? <span className="ml-2 text-meta text-muted-foreground">{t("detail.readOnly")}</span> : null}
            </Fact>
          );
        })}
      </Facts>
    </Fold>
  );
}

function ContainerItem({
  container,
  status,
  init,
  spec,
  ...place
}: { container: Container; status: ContainerStatus | undefined; init: boolean; spec: PodSpec } & Place) {
  const { t } = useTranslation();
  const state = status ? stateOf(status) : undefined;
  const last = status?.lastState?.terminated;
  const probes = probeText(container);
  return (
    <li className="border-t border-border py-2.5 first:border-t-0 first:pt-0">
      <div className="flex items-center gap-2">
        <span className="truncate font-medium">{container.name}</span>
        {init ? <Chip>{t("detail.init")}</Chip> : null}
        <span className="flex-1" />
        {state ? <Status status={state.status} text={state.text} /> : null}
        {state?.since ? <Age at={Date.parse(state.since)} className="text-meta text-muted-foreground tabular-nums" /> : null}
      </div>
      <p className="truncate font-mono text-code text-muted-foreground" title={container.image} data-selectable>
        {container.image}
      </p>
      {state?.message ? (
        <p className="mt-1 rounded-control bg-failed-tint px-2 py-1 font-mono text-code break-words" data-selectable>
          {state.message}
        </p>
      ) : null}
      <div className="mt-1 flex flex-wrap gap-1">
        {(container.ports ?? []).map((port) => (
          <Chip key={`${port.containerPort}${port.protocol ?? ""}`}>
            {port.name ? `${port.name} ` : ""}
            {port.containerPort}/{port.protocol ?? "TCP"}
          </Chip>
        ))}
        {status && status.restartCount > 0 ? <Chip className="text-pending">{t("detail.restarts", { count: status.restartCount })}</Chip> : null}
        {last ? <Chip title={last.message ?? ""}>{t("detail.lastExit", { reason: last.reason ?? "", code: last.exitCode })}</Chip> : null}
        {container.resources?.requests ? <Chip>{t("detail.requests", { what: resources(container.resources.requests) })}</Chip> : null}
        {container.resources?.limits ? <Chip>{t("detail.limits", { what: resources(container.resources.limits) })}</Chip> : null}
        {probes.map((probe) => (
          <Chip key={probe}>
            <span className="truncate">{probe}</span>
          </Chip>
        ))}
      </div>
      {container.command || container.args ? (
        <p
          className="mt-1 truncate font-mono text-code text-muted-foreground"
          title={[...(container.command ?? []), ...(container.args ?? [])].join(" ")}
        >
          {[...(container.command ?? []), ...(container.args ?? [])].join(" ")}
        </p>
      ) : null}
      <div className="mt-1">
        <Environment container={container} {...place} />
        <Mounts container={container} spec={spec} {...place} />
      </div>
    </li>
  );
}

/** Init containers and containers in order, with their state when the object is a pod. */
export function Containers({ spec, status, ...place }: { spec: PodSpec; status?: PodStatus | undefined } & Place) {
  const { t } = useTranslation();
  const statusOf = (name: string, init: boolean) =>
    (init ? status?.initContainerStatuses : status?.containerStatuses)?.find((each) => each.name === name);
  const all = [
    ...(spec.initContainers ?? []).map((container) => ({ container, init: true })),
    ...spec.containers.map((container) => ({ container, init: false })),
  ];
  return (
    <Section title={t("detail.containers")} count={all.length}>
      <ul>
        {all.map(({ container, init }) => (
          <ContainerItem key={container.name} container={container} init={init} status={statusOf(container.name, init)} spec={spec} {...place} />
        ))}
      </ul>
    </Section>
  );
}
