import { ArrowUpRight, Cable, Pin, PinOff, Play, Square, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import type { ForwardState } from "../../../shared/contract.ts";
import { useWorkspace } from "../../app/workspace.ts";
import { useClusters, useForwards } from "../../data/clusterState.ts";
import { host } from "../../data/host.ts";
import { useConnection } from "../../data/services.tsx";
import { Button, IconButton } from "../../ui/Button.tsx";
import { formatBytes } from "../../ui/format.ts";
import { EmptyState } from "../../ui/Notice.tsx";
import { Status } from "../../ui/Status.tsx";
import { addressOf } from "./ports.ts";

const statusOf = { running: "running", starting: "pending", stopped: "unknown", failed: "failed" } as const;

/** Every forward of every cluster, with what goes through it. */
export function ForwardsScreen() {
  const { t } = useTranslation();
  const forwards = useForwards();
  const act = useForwardActions();
  if (forwards.length === 0) {
    return (
      <EmptyState icon={Cable} title={t("forwards.none")}>
        {t("forwards.how")}
      </EmptyState>
    );
  }
  const stopped = forwards.filter(({ state }) => state === "stopped" || state === "failed");
  const running = forwards.filter(({ state }) => state === "running");
  return (
    <div className="flex h-full flex-col">
      <div className="flex items-center gap-2 border-b border-border px-4 py-2">
        <h1 className="flex-1 text-title font-semibold">{t("forwards.screen")}</h1>
        <Button icon={Play} disabled={stopped.length === 0} onClick={() => stopped.forEach(act.resume)}>
          {t("forwards.startAll")}
        </Button>
        <Button icon={Square} disabled={running.length === 0} onClick={() => running.forEach(act.stop)}>
          {t("forwards.stopAll")}
        </Button>
      </div>
      <div className="min-h-0 flex-1 overflow-auto">
        <table className="w-full text-left">
          <thead className="sticky top-0 bg-background text-meta text-muted-foreground">
            <tr className="border-b border-border">
              {(["target", "port", "address", "state", "traffic"] as const).map((column) => (
                <th key={column} scope="col" className="px-4 py-1.5 font-medium">
                  {t(`forwards.columns.${column}`)}
                </th>
              ))}
              <th scope="col" className="px-4 py-1.5">
                <span className="sr-only">{t("forwards.columns.actions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {forwards.map((forward) => (
              <ForwardRow key={forward.id} forward={forward} act={act} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

type Actions = ReturnType<typeof useForwardActions>;

function useForwardActions() {
  const { t } = useTranslation();
  const connection = useConnection();
  const failed = (error: unknown) => toast.error(t("forwards.failed"), { description: error instanceof Error ? error.message : String(error) });
  return {
    resume: ({ id }: ForwardState) => void connection.request("forwards.resume", { id }).catch(failed),
    stop: ({ id }: ForwardState) => void connection.request("forwards.stop", { id }).catch(failed),
    remember: ({ id, remembered }: ForwardState) => void connection.request("forwards.remember", { id, remember: !remembered }).catch(failed),
    remove: ({ id }: ForwardState) => void connection.request("forwards.remove", { id }).catch(failed),
  };
}

function ForwardRow({ forward, act }: { forward: ForwardState; act: Actions }) {
  const { t } = useTranslation();
  const { object, cluster, state, localPort, problem, pod, connections, sent, received, remembered } = forward;
  const clusterName = useClusters().find(({ id }) => id === cluster)?.name ?? cluster;
  const address = addressOf(localPort);
  const running = state === "running";
  return (
    <tr className="border-b border-border hover:bg-hover">
      <td className="max-w-80 px-4 py-1.5">
        <button
          type="button"
          className="block max-w-full truncate text-link hover:underline"
          onClick={() => useWorkspace.getState().show({ cluster, object })}
        >
          {object.name}
        </button>
        <span className="block truncate text-meta text-muted-foreground">
          {[clusterName, object.namespace, object.resource].filter(Boolean).join(" › ")}
        </span>
      </td>
      <td className="px-4 font-mono text-code tabular-nums">{forward.port ?? t("forwards.first")}</td>
      <td className="px-4 font-mono text-code tabular-nums">{localPort === 0 ? "–" : address}</td>
      <td className="max-w-72 px-4">
        <Status status={statusOf[state]} text={t(`forwards.states.${state}`)} />
        {problem ? <span className="block text-meta text-failed">{problem}</span> : null}
        {!problem && running && pod ? <span className="block truncate text-meta text-muted-foreground">{t("forwards.to", { pod })}</span> : null}
      </td>
      <td className="px-4 text-meta whitespace-nowrap text-muted-foreground tabular-nums">
        {t("forwards.connections", { count: connections })}
        <span className="block">
          ↑ {formatBytes(sent)} ↓ {formatBytes(received)}
        </span>
      </td>
      <td className="px-2 text-right whitespace-nowrap">
        <IconButton icon={ArrowUpRight} label={t("actions.open")} disabled={!running} onClick={() => void host().openExternal(address)} />
        {running ? (
          <IconButton icon={Square} label={t("forwards.stop")} onClick={() => act.stop(forward)} />
        ) : (
          <IconButton icon={Play} label={t("forwards.resume")} onClick={() => act.resume(forward)} />
        )}
        <IconButton
          icon={remembered ? PinOff : Pin}
          label={remembered ? t("forwards.forget") : t("forwards.remember")}
          active={remembered}
          onClick={() => act.remember(forward)}
        />
        <IconButton icon={Trash2} label={t("forwards.remove")} onClick={() => act.remove(forward)} />
      </td>
    </tr>
  );
}
