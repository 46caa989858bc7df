import { FileDown } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlanSource } from "../../../shared/contract.ts";
import { useClusterId, useNamespaces } from "../../app/workspace.ts";
import { useCluster } from "../../data/clusterState.ts";
import { host } from "../../data/host.ts";
import { onOpenFiles } from "./fileInput.ts";
import { useMakePlan } from "./useMakePlan.ts";

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ["INPUT", "TEXTAREA"].includes(target.tagName) || target.closest(".xterm, .cm-editor") !== null);

/** Text that may be a manifest: has a kind, or is a mapping. */
const looksLikeManifest = (text: string): boolean => /^\s*(kind|apiVersion)\s*:/m.test(text) || /^\s*[{[]/.test(text);

/** Files as sources: by path where they have one, else by their text. */
async function sourcesOf(files: readonly File[]): Promise<PlanSource[]> {
  return Promise.all(
    files.map(async (file) => {
      const path = host().pathOf(file);
      return path ? { path } : { name: file.name, text: await file.text() };
    }),
  );
}

/** The whole window takes files, folders and text: each becomes a plan. Also paste and the open dialog. */
export function DropTarget() {
  const { t } = useTranslation();
  const cluster = useClusterId();
  const namespaces = useNamespaces();
  const summary = useCluster(cluster);
  const makePlan = useMakePlan();
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const input = useRef<HTMLInputElement>(null);
  const namespace = namespaces.length === 1 ? namespaces[0]! : "default";

  const take = useCallback(
    (sources: PlanSource[]) => sources.length > 0 && makePlan({ cluster, namespace, sources }),
    [cluster, namespace, makePlan],
  );

  useEffect(() => {
    const carries = (event: DragEvent) => event.dataTransfer?.types.some((type) => type === "Files" || type === "text/plain") ?? false;
    const enter = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      depth.current++;
      setOver(true);
    };
    const leave = () => {
      depth.current = Math.max(0, depth.current - 1);
      if (depth.current === 0) setOver(false);
    };
    const hover = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      event.dataTransfer!.dropEffect = "copy";
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      depth.current = 0;
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      const text = event.dataTransfer?.getData("text/plain") ?? "";
      if (files.length > 0) void sourcesOf(files).then(take);
      else if (text.trim()) take([{ name: t("drop.droppedText"), text }]);
    };
    const paste = (event: ClipboardEvent) => {
      if (isTyping(event.target)) return;
      const files = [...(event.clipboardData?.files ?? [])];
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (files.length > 0) void sourcesOf(files).then(take);
      else if (looksLikeManifest(text)) take([{ name: t("drop.pastedText"), text }]);
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("dragover", hover);
    window.addEventListener("drop", drop);
    window.addEventListener("paste", paste);
    const stop = onOpenFiles(() => input.current?.click());
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("dragover", hover);
      window.removeEventListener("drop", drop);
      window.removeEventListener("paste", paste);
      stop();
    };
  }, [take, t]);

  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-testid="open-files"
        aria-label={t("drop.openFiles")}
        accept=".yaml,.yml,.json,.txt"
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          event.target.value = "";
          void sourcesOf(files).then(take);
        }}
      />
      {over ? (
        <div role="presentation" className="pointer-events-none fixed inset-0 z-50 flex items-center justify-center bg-scrim p-4">
          <div className="overlay-in flex h-full w-full flex-col items-center justify-center gap-3 rounded-dialog border-2 border-dashed border-ring bg-background/92 text-center">
            <FileDown size={32} aria-hidden className="text-link" />
            <p className="text-page font-semibold">{t("drop.title", { cluster: summary?.name ?? cluster })}</p>
            <p className="text-muted-foreground">{t("drop.body", { namespace })}</p>
          </div>
        </div>
      ) : null}
    </>
  );
}
