import { RotateCw, Terminal, Trash2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Row } from "../../../shared/contract.ts";
import { isRestartable, kubectlGet, resourceOf } from "../../data/references.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { askToDelete, useActionTools } from "../actions/objectActions.ts";
import { useQuestions } from "../actions/questions.ts";
import { useRefusal } from "../actions/refusal.ts";

/** What can be done with all selected rows. */
export function SelectionBar({ cluster, rows, onClear }: { cluster: string; rows: Row[]; onClear(): void }) {
  const { t } = useTranslation();
  const tools = useActionTools();
  const objects = rows.map((row) => row.object);
  const first = objects[0]!;
  const refused = useRefusal(cluster, { changes: true, check: { verb: "delete", resource: resourceOf(first), namespace: first.namespace } });
  const restart = async () => {
    const yes = await useQuestions.getState().ask({
      title: t("questions.restartMany", { count: rows.length }),
      body: t("questions.restartBody"),
      action: t("actions.restart"),
      danger: false,
    });
    if (yes) await tools.commands.restart(cluster, objects);
  };
  return (
    <div
      role="toolbar"
      aria-label={t("list.selection")}
      className="overlay-in absolute bottom-4 left-1/2 z-20 flex -translate-x-1/2 items-center gap-2 rounded-dialog bg-card p-1.5 pl-3 shadow-overlay"
    >
      <span className="font-medium tabular-nums">{t("list.selected", { count: rows.length })}</span>
      <span className="h-4 w-px bg-border" />
      <Button variant="ghost" icon={Terminal} onClick={() => void tools.commands.copy(kubectlGet(objects), "kubectl")}>
        {t("actions.copyKubectl")}
      </Button>
      {isRestartable(first) ? (
        <Button variant="ghost" icon={RotateCw} onClick={() => void restart()}>
          {t("actions.restart")}
        </Button>
      ) : null}
      <Button variant="ghost" icon={Trash2} refused={refused} className="text-failed" onClick={() => askToDelete(cluster, objects, tools)}>
        {t("actions.delete")}
      </Button>
      <IconButton icon={X} label={t("list.clearSelection")} onClick={onClear} />
    </div>
  );
}
