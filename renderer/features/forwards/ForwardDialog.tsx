import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import type { Target } from "../../../shared/contract.ts";
import { pathTo } from "../../app/routes.ts";
import { useWorkspace } from "../../app/workspace.ts";
import { useObject } from "../../data/clusterState.ts";
import { host } from "../../data/host.ts";
import { useConnection } from "../../data/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Checkbox, TextField } from "../../ui/fields.tsx";
import { useForwardDialog } from "./forwardDialog.ts";
import { portsOf, readLocalPort } from "./ports.ts";

/** Asks which port of a target should answer on this machine, and where. */
export function ForwardDialog() {
  const target = useForwardDialog((state) => state.target);
  return target ? <Asked key={JSON.stringify(target)} target={target} /> : null;
}

function Asked({ target }: { target: Target }) {
  const { t } = useTranslation();
  const close = useForwardDialog((state) => state.close);
  const connection = useConnection();
  const { message } = useObject(target);
  const offered = portsOf(message?.object);
  const [port, setPort] = useState<string>();
  const [local, setLocal] = useState("");
  const [remember, setRemember] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const wanted = port ?? offered[0]?.value ?? "";
  const localPort = readLocalPort(local);
  const ready = wanted !== "" && localPort !== undefined && !busy;

  const start = async () => {
    if (!ready) return;
    setBusy(true);
    try {
      const forward = await connection.request("forwards.start", { ...target, port: wanted, localPort, remember });
      close();
      const url = `http://127.0.0.1:${forward.localPort}`;
      toast.success(t("forwards.started", { name: target.object.name, url }), {
        action: { label: t("actions.open"), onClick: () => void host().openExternal(url) },
      });
      useWorkspace.getState().navigate(pathTo.plain(target.cluster, "forwards"));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : close())}
      title={t("forwards.title", { name: target.object.name })}
      description={t("forwards.explain")}
      closeLabel={t("common.close")}
      footer={
        <>
          <Button onClick={close}>{t("common.cancel")}</Button>
          <Button variant="primary" disabled={!ready} onClick={() => void start()}>
            {t("forwards.start")}
          </Button>
        </>
      }
    >
      <form
        className="grid grid-cols-[7rem_1fr] items-center gap-x-3 gap-y-2.5 pt-1.5"
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <span aria-hidden>{t("forwards.port")}</span>
        <span>
          <TextField
            label={t("forwards.port")}
            list="forward-ports"
            value={wanted}
            onChange={(event) => setPort(event.target.value.trim())}
            className="w-40 font-mono"
          />
          <datalist id="forward-ports">
            {offered.map(({ value, text }) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </datalist>
        </span>
        <span aria-hidden>{t("forwards.localPort")}</span>
        <TextField
          label={t("forwards.localPort")}
          inputMode="numeric"
          placeholder={t("forwards.free")}
          invalid={localPort === undefined}
          value={local}
          onChange={(event) => {
            setLocal(event.target.value.trim());
            setProblem(undefined);
          }}
          className="w-40 font-mono"
        />
        <span />
        <Checkbox label={t("forwards.remember")} checked={remember} onChange={(event) => setRemember(event.target.checked)} />
        {localPort === undefined ? <p className="col-span-2 text-failed">{t("forwards.badLocalPort")}</p> : null}
        {problem ? (
          <p role="alert" className="col-span-2 text-failed">
            {problem}
          </p>
        ) : null}
        <button type="submit" hidden aria-label={t("forwards.start")} />
      </form>
    </Dialog>
  );
}
