import { useDialogs } from "./dialogs.ts";
import { Camera, Check, ChevronsUpDown, Lock, Pencil, PencilOff } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useTranslation } from "react-i18next";
import type { ClusterSummary } from "../../shared/contract.ts";
import { useCluster, useClusters } from "../data/clusterState.ts";
import { useCommands } from "../data/useCommands.ts";
import { Kbd } from "../ui/Kbd.tsx";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "../ui/Menu.tsx";
import { StatusIcon } from "../ui/Status.tsx";
import { ClusterMark, phaseStatus } from "./clusterLook.tsx";
import { useClusterId, useWorkspace } from "./workspace.ts";

/** Goes to a cluster, connecting it when it is not. */
export function useSwitchCluster(): (cluster: ClusterSummary) => void {
  const setCluster = useWorkspace((state) => state.setCluster);
  const { connect } = useCommands();
  return (cluster) => {
    setCluster(cluster.id);
    if (cluster.phase === "idle" || cluster.phase === "down" || cluster.phase === "unauthorized") void connect(cluster.id);
  };
}

function ClusterItem({ cluster, index, active }: { cluster: ClusterSummary; index: number; active: boolean }) {
  const { t } = useTranslation();
  const choose = useSwitchCluster();
  return (
    <DropdownMenu.Item
      onSelect={() => choose(cluster)}
      className="flex min-h-9 items-center gap-2 rounded-control px-2 outline-none data-[highlighted]:bg-hover"
    >
      <ClusterMark cluster={cluster} />
      <span className="min-w-0 flex-1">
        <span className="flex items-center gap-1.5">
          <span className="truncate">{cluster.name}</span>
          {cluster.protected ? <Lock size={12} aria-label={t("clusters.protected")} className="shrink-0 text-muted-foreground" /> : null}
        </span>
        <span className="block truncate text-meta text-muted-foreground">{cluster.kind === "local" ? t("clusters.local") : cluster.source}</span>
      </span>
      <StatusIcon status={phaseStatus[cluster.phase]} />
      <span className="sr-only">{t(`clusters.phases.${cluster.phase}`)}</span>
      {active ? <Check size={14} aria-hidden /> : index < 9 ? <Kbd keys={`$mod+${index + 1}`} /> : null}
    </DropdownMenu.Item>
  );
}

/** Which cluster this tab looks at: the local one and the contexts of the user's kubeconfig files. */
export function ClusterSwitcher() {
  const { t } = useTranslation();
  const clusters = useClusters();
  const id = useClusterId();
  const current = useCluster(id);
  const { setCluster } = useCommands();
  const name = current?.name ?? id;
  return (
    <Menu
      label={t("clusters.label")}
      className="w-72"
      trigger={
        <button
          id="cluster-switcher"
          type="button"
          aria-label={t("clusters.switch", { name })}
          className="flex h-9 w-full items-center gap-2 rounded-control border border-border bg-card px-2 text-left hover:bg-hover"
        >
          <ClusterMark cluster={{ id, name }} />
          <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
          {current?.protected ? <Lock size={12} aria-label={t("clusters.protected")} className="text-muted-foreground" /> : null}
          {current ? <StatusIcon status={phaseStatus[current.phase]} /> : null}
          <ChevronsUpDown size={13} aria-hidden className="text-muted-foreground" />
        </button>
      }
    >
      <MenuLabel>{t("clusters.label")}</MenuLabel>
      {clusters.map((cluster, index) => (
        <ClusterItem key={cluster.id} cluster={cluster} index={index} active={cluster.id === id} />
      ))}
      {current ? (
        <>
          <MenuSeparator />
          {current.kind === "local" ? (
            <MenuItem icon={Camera} onSelect={() => useDialogs.getState().open("snapshots")}>
              {t("snapshots.open")}
            </MenuItem>
          ) : null}
          <MenuItem icon={Lock} onSelect={() => void setCluster(id, { protected: !current.protected })}>
            {current.protected ? t("clusters.unprotect") : t("clusters.protect")}
          </MenuItem>
          <MenuItem icon={current.readOnly ? Pencil : PencilOff} onSelect={() => void setCluster(id, { readOnly: !current.readOnly })}>
            {current.readOnly ? t("clusters.allowChanges") : t("clusters.makeReadOnly")}
          </MenuItem>
        </>
      ) : null}
    </Menu>
  );
}
