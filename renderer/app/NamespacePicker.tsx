import { Check, ChevronsUpDown, Layers, Star } from "lucide-react";
import { Command } from "cmdk";
import { useEffect, useMemo, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { builtIn } from "../data/references.ts";
import { useView } from "../data/useView.ts";
import { classNames } from "../ui/classNames.ts";
import { Popover } from "../ui/Popover.tsx";
import { usePreferences } from "./preferences.ts";
import { useClusterId, useNamespaces, useWorkspace } from "./workspace.ts";

const openPicker = "wherry:namespaces";
export const openNamespacePicker = (): void => void window.dispatchEvent(new Event(openPicker));

const namesShown = 500;

/** Names of the cluster's namespaces, live. */
function useNamespaceNames(cluster: string): string[] {
  const { state } = useView({ cluster, resource: builtIn("", "namespaces"), namespaces: [], filter: {} }, namesShown);
  return useMemo(() => state.keys.flatMap((key) => state.rows.get(key)?.object.name ?? []), [state.keys, state.rows]);
}

const itemLook = "flex min-h-7 items-center gap-2 rounded-control px-2 data-[selected=true]:bg-hover";

function Choices({ cluster, close }: { cluster: string; close(): void }) {
  const { t } = useTranslation();
  const chosen = useNamespaces();
  const setNamespaces = useWorkspace((state) => state.setNamespaces);
  const favourites = usePreferences((state) => state.favouriteNamespaces);
  const setPreferences = usePreferences((state) => state.set);
  const names = useNamespaceNames(cluster);
  const all = useMemo(
    () =>
      [...new Set([...names, ...chosen])].toSorted((a, b) => Number(favourites.includes(b)) - Number(favourites.includes(a)) || a.localeCompare(b)),
    [names, chosen, favourites],
  );
  const toggle = (name: string) => setNamespaces(chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name]);
  const favour = (name: string) =>
    setPreferences({ favouriteNamespaces: favourites.includes(name) ? favourites.filter((each) => each !== name) : [...favourites, name] });
  const [highlighted, setHighlighted] = useState("");
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !all.includes(highlighted) || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) toggle(highlighted);
    else favour(highlighted);
  };
  return (
    <Command label={t("namespaces.label")} loop value={highlighted} onValueChange={setHighlighted} onKeyDownCapture={onKeyDown}>
      <Command.Input placeholder={t("namespaces.find")} className="h-9 w-full border-b border-border bg-transparent px-3 outline-none" autoFocus />
      <Command.List className="max-h-80 overflow-y-auto p-1">
        <Command.Empty className="px-2 py-2 text-muted-foreground">{t("namespaces.none")}</Command.Empty>
        <Command.Item value={t("namespaces.all")} onSelect={() => (setNamespaces([]), close())} className={itemLook}>
          <span className="flex size-4 items-center justify-center">{chosen.length === 0 ? <Check size={14} aria-hidden /> : null}</span>
          {t("namespaces.all")}
        </Command.Item>
        {all.map((name) => (
          <Command.Item
            key={name}
            value={name}
            aria-label={name}
            onSelect={() => (setNamespaces([name]), close())}
            className={classNames(itemLook, "group/item")}
          >
            <Pick label={t("namespaces.add", { name })} onPick={() => toggle(name)}>
              <span
                className={classNames(
                  "flex size-4 items-center justify-center rounded-[3px] border",
                  chosen.includes(name) ? "border-primary bg-primary text-primary-foreground" : "border-input",
                )}
              >
                {chosen.includes(name) ? <Check size={12} aria-hidden /> : null}
              </span>
            </Pick>
            <span className="min-w-0 flex-1 truncate">{name}</span>
            <Pick
              label={favourites.includes(name) ? t("namespaces.unfavourite", { name }) : t("namespaces.favourite", { name })}
              onPick={() => favour(name)}
            >
              <Star
                size={14}
                aria-hidden
                className={
                  favourites.includes(name)
                    ? "fill-current text-pending"
                    : "text-muted-foreground opacity-0 group-hover/item:opacity-100 group-data-[selected=true]/item:opacity-100"
                }
              />
            </Pick>
          </Command.Item>
        ))}
      </Command.List>
      <p className="border-t border-border px-3 py-1.5 text-meta text-muted-foreground">{t("namespaces.keysHint")}</p>
    </Command>
  );
}

/** A place to click inside an item; the keys of the list do the same. */
function Pick({ label, onPick, children }: { label: string; onPick(): void; children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- an option holds no button; ⇧↵ and Ctrl+↵ do the same
    <span title={label} onClick={(event) => (event.stopPropagation(), onPick())} className="-mx-1 flex size-6 shrink-0 items-center justify-center">
      {children}
    </span>
  );
}

/** One, several or all namespaces; kept by the tab. */
export function NamespacePicker() {
  const { t } = useTranslation();
  const cluster = useClusterId();
  const chosen = useNamespaces();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const show = () => setOpen(true);
    window.addEventListener(openPicker, show);
    return () => window.removeEventListener(openPicker, show);
  }, []);
  const text = chosen.length === 0 ? t("namespaces.all") : chosen.length === 1 ? chosen[0]! : t("namespaces.several", { count: chosen.length });
  return (
    <Popover
      label={t("namespaces.label")}
      open={open}
      onOpenChange={setOpen}
      className="w-72"
      trigger={
        <button
          type="button"
          aria-label={t("namespaces.current", { text })}
          title={chosen.join(", ")}
          className="flex h-7 w-full items-center gap-2 rounded-control px-2 text-left hover:bg-hover"
        >
          <Layers size={14} aria-hidden className="text-muted-foreground" />
          <span className="min-w-0 flex-1 truncate">{text}</span>
          <ChevronsUpDown size={13} aria-hidden className="text-muted-foreground" />
        </button>
      }
    >
      <Choices cluster={cluster} close={() => setOpen(false)} />
    </Popover>
  );
}
