import { Camera, RotateCcw, Trash2 } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import type { Snapshot } from "../../../shared/contract.ts";
import { useDialogs } from "../../app/dialogs.ts";
import { useClusterId } from "../../app/workspace.ts";
import { useConnection } from "../../data/services.tsx";
import { Age } from "../../ui/Age.tsx";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextField } from "../../ui/fields.tsx";
import { formatBytes } from "../../ui/format.ts";
import { Notice } from "../../ui/Notice.tsx";

/** Keeps the cluster's whole state, and goes back to it. */
export function SnapshotsDialog() {
  const { snapshots, close } = useDialogs();
  const { t } = useTranslation();
  return (
    <Dialog
      open={snapshots}
      onOpenChange={(open) => (open ? undefined : close())}
      title={t("snapshots.title")}
      description={t("snapshots.explain")}
      closeLabel={t("common.close")}
      className="w-[min(38rem,calc(100vw-2rem))]"
    >
      {snapshots ? <Snapshots /> : null}
    </Dialog>
  );
}

function Snapshots() {
  const { t } = useTranslation();
  const cluster = useClusterId();
  const connection = useConnection();
  const [list, setList] = useState<Snapshot[]>();
  const [problem, setProblem] = useState<string>();
  const [name, setName] = useState("");
  const [asked, setAsked] = useState<string>();
  const read = useCallback(
    () => connection.request("snapshots.list", { cluster }).then(setList, (error: Error) => setProblem(error.message)),
    [connection, cluster],
  );
  useEffect(() => void read(), [read]);
  const act = async (work: Promise<unknown>) => {
    setProblem(undefined);
    setAsked(undefined);
    await work.then(
      () => setName(""),
      (error: Error) => setProblem(error.message),
    );
    await read();
  };
  const restore = async (from: string) => {
    const { before } = await connection.request("snapshots.restore", { cluster, name: from });
    toast.success(t("snapshots.restored", { name: from }), before ? { description: t("snapshots.before", { name: before }) } : {});
  };
  return (
    <div className="flex flex-col gap-3">
      <form
        className="flex items-center gap-2 pt-1.5"
        onSubmit={(event) => {
          event.preventDefault();
          if (name) void act(connection.request("snapshots.create", { cluster, name }));
        }}
      >
        <TextField
          label={t("snapshots.name")}
          placeholder={t("snapshots.placeholder")}
          value={name}
          onChange={(event) => setName(event.target.value.trim())}
          className="min-w-0 flex-1 font-mono"
        />
        <Button type="submit" variant="primary" icon={Camera} disabled={name === ""}>
          {t("snapshots.take")}
        </Button>
      </form>
      {problem ? <Notice tone="error" title={problem} /> : null}
      {list?.length === 0 ? <p className="py-4 text-center text-muted-foreground">{t("snapshots.none")}</p> : null}
      <ul aria-label={t("snapshots.title")} className="flex flex-col">
        {list?.map((each) => (
          <li key={each.name} className="flex min-h-10 flex-wrap items-center gap-2 border-b border-border py-1 last:border-b-0">
            <span className="min-w-0 flex-1">
              <span className="block truncate font-mono text-code">{each.name}</span>
              <span className="block text-meta text-muted-foreground tabular-nums">
                <Age at={each.at} /> · {t("snapshots.objects", { count: each.objects })} · {formatBytes(each.bytes)}
              </span>
            </span>
            {asked === each.name ? (
              <>
                <span className="text-meta text-muted-foreground">{t("snapshots.sure")}</span>
                <Button variant="destructive" onClick={() => void act(restore(each.name))}>
                  {t("snapshots.goBack")}
                </Button>
                <Button onClick={() => setAsked(undefined)}>{t("common.cancel")}</Button>
              </>
            ) : (
              <>
                <IconButton icon={RotateCcw} label={t("snapshots.restore", { name: each.name })} onClick={() => setAsked(each.name)} />
                <IconButton
                  icon={Trash2}
                  label={t("snapshots.delete", { name: each.name })}
                  onClick={() => void act(connection.request("snapshots.delete", { cluster, name: each.name }))}
                />
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
