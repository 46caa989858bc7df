import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import type { ActionResult, ObjectRef, Receipt, Target } from "../../shared/contract.ts";
import { host } from "./host.ts";
import { useReceipts } from "./receipts.ts";
import { useConnection } from "./services.tsx";

/** How long (ms) a change offers its undo in a toast; afterwards the status bar still does. */
const undoTime = 10_000;

/** The toast that shows a receipt: several changes of one thing share theirs. */
const toastOf = new Map<string, string>();

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Every change that a screen may ask for. Each tells its result in a toast, with Undo where there is one. */
export function useCommands() {
  const connection = useConnection();
  const { t } = useTranslation();
  return useMemo(() => {
    const fail = (title: string, error: unknown) => toast.error(title, { description: messageOf(error), duration: 15_000 });

    const announce = (receipt: Receipt, id = receipt.id) => {
      toastOf.set(receipt.id, id);
      useReceipts.getState().add(receipt);
      toast.success(receipt.title, {
        id,
        duration: undoTime,
        description: receipt.kubectl,
        ...(receipt.undoable ? { action: { label: t("commands.undo"), onClick: () => void undo(receipt) } } : {}),
      });
    };

    const report = (result: ActionResult, failedTitle: string, toastId?: string) => {
      if (result.receipt) announce(result.receipt, toastId);
      if (result.failures.length > 0) {
        toast.error(failedTitle, {
          duration: 20_000,
          description: result.failures.map(({ object, message }) => `${object.name}: ${message}`).join("\n"),
        });
      }
    };

    const run = async (title: string, action: Promise<ActionResult>, toastId?: string): Promise<boolean> => {
      try {
        const result = await action;
        report(result, title, toastId);
        return result.failures.length === 0;
      } catch (error) {
        fail(title, error);
        return false;
      }
    };

    const undo = async (receipt: Receipt): Promise<void> => {
      const done = await run(t("commands.undoFailed", { title: receipt.title }), connection.request("actions.undo", { receipt: receipt.id }));
      if (!done) return;
      useReceipts.getState().markUndone(receipt.id);
      toast.dismiss(toastOf.get(receipt.id));
    };

    return {
      announce,
      undo,
      scale: (target: Target, replicas: number) =>
        run(
          t("commands.scaleFailed", { name: target.object.name }),
          connection.request("actions.scale", { ...target, replicas }),
          `scale ${target.object.namespace ?? ""}/${target.object.name}`,
        ),
      restart: (cluster: string, objects: ObjectRef[]) =>
        run(t("commands.restartFailed"), connection.request("actions.restart", { cluster, objects })),
      remove: (cluster: string, objects: ObjectRef[], force = false) =>
        run(t("commands.deleteFailed"), connection.request("actions.delete", { cluster, objects, force })),
      pause: (target: Target, paused: boolean) => run(t("commands.pauseFailed"), connection.request("actions.pause", { ...target, paused })),
      rollback: (target: Target, revision: number) =>
        run(t("commands.rollbackFailed"), connection.request("actions.rollback", { ...target, revision })),
      cordon: (target: Target, unschedulable: boolean) =>
        run(t("commands.cordonFailed"), connection.request("actions.cordon", { ...target, unschedulable })),
      connect: (cluster: string) =>
        connection.request("clusters.connect", { cluster }).catch((error: unknown) => fail(t("commands.connectFailed"), error)),
      startEngine: (how: { fromSnapshot?: boolean } = {}) =>
        connection.request("engine.start", how).catch((error: unknown) => fail(t("commands.engineFailed"), error)),
      setCluster: (cluster: string, change: { protected?: boolean; readOnly?: boolean }) =>
        connection.request("clusters.set", { cluster, ...change }).catch((error: unknown) => fail(t("commands.settingFailed"), error)),
      openService: async (target: Target, url?: string, port?: string) => {
        try {
          const address = url ?? (await connection.request("services.open", { ...target, ...(port ? { port } : {}) })).url;
          await host().openExternal(address);
        } catch (error) {
          fail(t("commands.openFailed", { name: target.object.name }), error);
        }
      },
      /** Copies without showing what, for a minute. */
      copySecret: async (text: string) => {
        await host().copySecret(text);
        toast(t("commands.secretCopied"), { duration: 2000 });
      },
      copy: async (text: string, what: string) => {
        await host().copy(text);
        toast(t("commands.copied", { what }), { duration: 2000, description: text.length < 160 ? text : undefined });
      },
    };
  }, [connection, t]);
}

export type Commands = ReturnType<typeof useCommands>;
