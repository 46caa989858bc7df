import type { TFunction } from "i18next";
import {
  ArrowUpRight,
  Cable,
  CirclePause,
  CirclePlay,
  Copy,
  FileCode2,
  History,
  Link,
  PencilLine,
  RotateCw,
  ScrollText,
  ShieldCheck,
  ShieldOff,
  SquareTerminal,
  Terminal,
  Trash2,
  type LucideIcon,
} from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ClusterSummary, ObjectRef, Row, Target } from "../../../shared/contract.ts";
import { formatDeepLink } from "../../../shared/deepLink.ts";
import { keysOf, type KeyId } from "../../app/keys.ts";
import { useWorkspace } from "../../app/workspace.ts";
import type { AccessCheck } from "../../data/access.ts";
import { useClusters } from "../../data/clusterState.ts";
import { hasLogs, isForwardable, isResource, isRestartable, kubectlGet, kubectlResource, resourceOf } from "../../data/references.ts";
import { useCommands, type Commands } from "../../data/useCommands.ts";
import { useForwardDialog } from "../forwards/forwardDialog.ts";
import { nameToType, useQuestions } from "./questions.ts";

export interface ObjectAction {
  id: string;
  label: string;
  icon: LucideIcon;
  keys?: KeyId;
  group: "look" | "change" | "copy" | "delete";
  /** Changes the cluster: refused where it is read-only. */
  changes: boolean;
  danger?: boolean;
  /** What the user must be allowed to do. */
  check?: AccessCheck;
  run(): void;
}

export interface ActionSubject {
  target: Target;
  facts: Row["facts"];
}

interface Tools {
  t: TFunction;
  commands: Commands;
  clusters: ClusterSummary[];
}

const check = (verb: string, object: ObjectRef, subresource?: string): AccessCheck => ({
  verb,
  resource: resourceOf(object),
  namespace: object.namespace,
  ...(subresource ? { subresource } : {}),
});

function lookActions({ target, facts }: ActionSubject, { t, commands }: Tools): ObjectAction[] {
  const { object } = target;
  const workspace = useWorkspace.getState();
  const actions: ObjectAction[] = [];
  if (hasLogs(object)) {
    const logCheck = isResource(object, "", "pods") ? check("get", object, "log") : undefined;
    const logs = (previous: boolean) => workspace.openPanel({ kind: "logs", target, previous });
    actions.push({
      id: "logs",
      label: t("actions.logs"),
      icon: ScrollText,
      keys: "logs",
      group: "look",
      changes: false,
      ...(logCheck ? { check: logCheck } : {}),
      run: () => logs(false),
    });
    actions.push({
      id: "previousLogs",
      label: t("actions.previousLogs"),
      icon: History,
      keys: "previousLogs",
      group: "look",
      changes: false,
      ...(logCheck ? { check: logCheck } : {}),
      run: () => logs(true),
    });
  }
  if (isResource(object, "", "pods")) {
    actions.push({
      id: "shell",
      label: t("actions.shell"),
      icon: SquareTerminal,
      keys: "shell",
      group: "look",
      changes: false,
      check: check("create", object, "exec"),
      run: () => workspace.openPanel({ kind: "terminal", target }),
    });
  }
  if (isResource(object, "", "services") || facts.url) {
    actions.push({
      id: "open",
      label: t("actions.open"),
      icon: ArrowUpRight,
      keys: "openUrl",
      group: "look",
      changes: false,
      run: () => void commands.openService(target, facts.url),
    });
  }
  if (isForwardable(object)) {
    actions.push({
      id: "forwardPort",
      label: t("actions.forwardPort"),
      icon: Cable,
      keys: "forwardPort",
      group: "look",
      changes: false,
      ...(isResource(object, "", "pods") ? { check: check("create", object, "portforward") } : {}),
      run: () => useForwardDialog.getState().ask(target),
    });
  }
  actions.push({
    id: "yaml",
    label: t("actions.yaml"),
    icon: FileCode2,
    keys: "yaml",
    group: "look",
    changes: false,
    run: () => workspace.show(target, "yaml"),
  });
  return actions;
}

function changeActions({ target, facts }: ActionSubject, { t, commands }: Tools): ObjectAction[] {
  const { cluster, object } = target;
  const actions: ObjectAction[] = [
    {
      id: "edit",
      label: t("actions.edit"),
      icon: PencilLine,
      keys: "edit",
      group: "change",
      changes: true,
      check: check("update", object),
      run: () => useWorkspace.getState().show(target, "yaml"),
    },
  ];
  if (isRestartable(object)) {
    actions.push({
      id: "restart",
      label: t("actions.restart"),
      icon: RotateCw,
      keys: "restart",
      group: "change",
      changes: true,
      check: check("patch", object),
      run: () =>
        void useQuestions
          .getState()
          .ask({
            title: t("questions.restartTitle", { name: object.name }),
            body: t("questions.restartBody"),
            action: t("actions.restart"),
            danger: false,
          })
          .then((yes) => yes && commands.restart(cluster, [object])),
    });
  }
  if (isResource(object, "apps", "deployments")) {
    const paused = facts.paused ?? false;
    actions.push({
      id: "pause",
      label: paused ? t("actions.resume") : t("actions.pause"),
      icon: paused ? CirclePlay : CirclePause,
      group: "change",
      changes: true,
      check: check("patch", object),
      run: () => void commands.pause(target, !paused),
    });
    actions.push({
      id: "rollBack",
      label: t("actions.rollBack"),
      icon: History,
      keys: "rollBack",
      group: "change",
      changes: true,
      check: check("patch", object),
      run: () => useWorkspace.getState().show(target, "rollouts"),
    });
  }
  if (isResource(object, "", "nodes")) {
    const closed = facts.unschedulable ?? false;
    actions.push({
      id: "cordon",
      label: closed ? t("actions.uncordon") : t("actions.cordon"),
      icon: closed ? ShieldCheck : ShieldOff,
      group: "change",
      changes: true,
      check: check("patch", object),
      run: () => void commands.cordon(target, !closed),
    });
  }
  return actions;
}

function copyActions({ target }: ActionSubject, { t, commands, clusters }: Tools): ObjectAction[] {
  const cluster = clusters.find((each) => each.id === target.cluster);
  const context = cluster?.kind === "context" ? cluster.name : undefined;
  const line = kubectlGet([target.object], context ? { context } : {});
  const { namespace, name } = target.object;
  const link = formatDeepLink({
    cluster: cluster?.name ?? target.cluster,
    kind: kubectlResource(target.object),
    name,
    ...(namespace ? { namespace } : {}),
  });
  return [
    {
      id: "copyName",
      label: t("actions.copyName"),
      icon: Copy,
      keys: "copyName",
      group: "copy",
      changes: false,
      run: () => void commands.copy(target.object.name, t("actions.name")),
    },
    {
      id: "copyKubectl",
      label: t("actions.copyKubectl"),
      icon: Terminal,
      keys: "copyKubectl",
      group: "copy",
      changes: false,
      run: () => void commands.copy(line, "kubectl"),
    },
    {
      id: "copyLink",
      label: t("actions.copyLink"),
      icon: Link,
      group: "copy",
      changes: false,
      run: () => void commands.copy(link, t("actions.linkText")),
    },
  ];
}

/** Asks, then deletes. */
export function askToDelete(cluster: string, objects: ObjectRef[], { t, commands, clusters }: Tools): void {
  const guarded = clusters.find((each) => each.id === cluster && each.protected);
  const names = objects.length === 1 ? objects[0]!.name : t("questions.objects", { count: objects.length });
  void useQuestions
    .getState()
    .ask({
      title: t("questions.deleteTitle", { name: names }),
      body: t("questions.deleteBody", { count: objects.length }),
      action: t("actions.delete"),
      danger: true,
      typeName: nameToType(objects, guarded?.name),
      deleting: { cluster, objects },
    })
    .then((yes) => yes && commands.remove(cluster, objects));
}

export function useActionTools(): Tools {
  const { t } = useTranslation();
  const commands = useCommands();
  const clusters = useClusters();
  return useMemo(() => ({ t, commands, clusters }), [t, commands, clusters]);
}

/** All that can be done with an object, in the order of menus. */
export function actionsFor(subject: ActionSubject, tools: Tools): ObjectAction[] {
  const { target } = subject;
  return [
    ...lookActions(subject, tools),
    ...changeActions(subject, tools),
    ...copyActions(subject, tools),
    {
      id: "delete",
      label: tools.t("actions.delete"),
      icon: Trash2,
      keys: "delete",
      group: "delete",
      changes: true,
      danger: true,
      check: check("delete", target.object),
      run: () => askToDelete(target.cluster, [target.object], tools),
    },
  ];
}

export const actionKeys = (action: ObjectAction): string | undefined => action.keys && keysOf(action.keys);
