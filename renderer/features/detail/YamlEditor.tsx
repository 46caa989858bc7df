import { yaml as yamlLanguage } from "@codemirror/lang-yaml";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { basicSetup } from "codemirror";
import { Copy, PencilLine } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Target } from "../../../shared/contract.ts";
import { keysOf } from "../../app/keys.ts";
import { resourceOf, targetKey } from "../../data/references.ts";
import { useCommands } from "../../data/useCommands.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { codeTheme } from "../../ui/codeTheme.ts";
import { Notice } from "../../ui/Notice.tsx";
import { useRefusal } from "../actions/refusal.ts";
import { useMakePlan } from "../plan/useMakePlan.ts";
import { useDrafts } from "./drafts.ts";

interface YamlEditorProps {
  target: Target;
  yaml: string;
  /** resourceVersion of what `yaml` shows. */
  version: string;
}

interface EditorHandle {
  setText(text: string): void;
  setEditable(editable: boolean): void;
  text(): string;
}

function useEditor(label: string, initial: string, onChange: (text: string) => void, onReview: () => void) {
  const host = useRef<HTMLDivElement>(null);
  const handle = useRef<EditorHandle | null>(null);
  const callbacks = useRef({ onChange, onReview });
  callbacks.current = { onChange, onReview };
  useEffect(() => {
    const editing = new Compartment();
    const mode = (editable: boolean) => [EditorState.readOnly.of(!editable), EditorView.editable.of(true)];
    const view = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: initial,
        extensions: [
          Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (callbacks.current.onReview(), true) }])),
          basicSetup,
          yamlLanguage(),
          codeTheme,
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorView.updateListener.of((update) => update.docChanged && callbacks.current.onChange(update.state.doc.toString())),
          editing.of(mode(false)),
        ],
      }),
    });
    handle.current = {
      setText: (text) => text !== view.state.doc.toString() && view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
      setEditable: (editable) => {
        view.dispatch({ effects: editing.reconfigure(mode(editable)) });
        if (editable) view.focus();
      },
      text: () => view.state.doc.toString(),
    };
    return () => view.destroy();
    // The editor lives as long as its place; later texts come through the handle.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return { host, handle };
}

/** The object as YAML: read, edit, and review the edit as a plan. */
export default function YamlEditor({ target, yaml, version }: YamlEditorProps) {
  const { t } = useTranslation();
  const { copy } = useCommands();
  const makePlan = useMakePlan();
  const key = targetKey(target);
  const draft = useDrafts((state) => state.drafts[key]);
  const editing = draft !== undefined;
  const refused = useRefusal(target.cluster, {
    changes: true,
    check: { verb: "update", resource: resourceOf(target.object), namespace: target.object.namespace },
  });
  const { keep, drop } = useDrafts.getState();
  const change = (text: string) => {
    const before = useDrafts.getState().drafts[key];
    if (before) keep(key, { text, version: before.version });
  };
  const review = () => {
    const text = useDrafts.getState().drafts[key]?.text;
    if (text === undefined) return;
    const name = `${target.object.resource}/${target.object.name}.yaml`;
    makePlan({ cluster: target.cluster, namespace: target.object.namespace ?? "default", sources: [{ name, text }] });
  };
  const { host, handle } = useEditor(t("editor.label", { name: target.object.name }), draft?.text ?? yaml, change, review);
  useEffect(() => {
    if (!editing) handle.current?.setText(yaml);
    handle.current?.setEditable(editing);
  }, [editing, yaml, handle]);

  const changed = draft !== undefined && draft.text !== yaml;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex min-h-10 items-center gap-2 border-b border-border px-4 py-1.5">
        {editing ? (
          <>
            <span className="min-w-0 flex-1 truncate text-muted-foreground">{t("editor.leaveHint")}</span>
            <Button onClick={() => drop(key)}>{t("editor.discard")}</Button>
            <Button variant="primary" disabled={!changed} keys={keysOf("review")} onClick={review}>
              {t("editor.review")}
            </Button>
          </>
        ) : (
          <>
            <span className="min-w-0 flex-1 truncate text-muted-foreground">{t("editor.reading")}</span>
            <IconButton icon={Copy} label={t("editor.copy")} onClick={() => void copy(yaml, "YAML")} />
            <Button icon={PencilLine} refused={refused} onClick={() => keep(key, { text: yaml, version })}>
              {t("editor.edit")}
            </Button>
          </>
        )}
      </div>
      {editing && draft.version !== version ? (
        <Notice tone="warning" className="m-2" title={t("editor.movedOn")}>
          {t("editor.movedOnBody")}
        </Notice>
      ) : null}
      <div ref={host} className="min-h-0 flex-1 overflow-hidden" />
    </div>
  );
}
