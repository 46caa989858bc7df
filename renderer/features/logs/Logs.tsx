import { ArrowDown, ArrowDownToLine, ArrowUp, Clock, Download, Filter, History, Pause, Play, Regex, WrapText } from "lucide-react";
import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { Target } from "../../../shared/contract.ts";
import { keysOf, pressed } from "../../app/keys.ts";
import { usePreferences } from "../../app/preferences.ts";
import { useObject } from "../../data/clusterState.ts";
import { host } from "../../data/host.ts";
import { findLines, logPattern } from "../../data/logBuffer.ts";
import { isResource } from "../../data/references.ts";
import { useConnection } from "../../data/services.tsx";
import { useLogs } from "../../data/useLogs.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { SearchField } from "../../ui/fields.tsx";
import { formatNumber } from "../../ui/format.ts";
import { Menu, MenuChoice } from "../../ui/Menu.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { LogLines, type LogLinesHandle } from "./LogLines.tsx";

const tailLines = 5000;

/** A colour for each pod in the order of its first line. */
const coloursOf = (pods: readonly string[]): ReadonlyMap<string, string> =>
  new Map(pods.map((pod, index) => [pod, `var(--series-${(index % 8) + 1})`]));

/** Containers of the pod; a workload has its log as one. */
function useContainers(target: Target): string[] {
  const isPod = isResource(target.object, "", "pods");
  const { message } = useObject(isPod ? target : null);
  const pod = message?.object as Pod | null | undefined;
  return isPod && pod ? [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => container.name) : [];
}

function useSave(target: Target, streamId: number | undefined): () => Promise<void> {
  const connection = useConnection();
  const { t } = useTranslation();
  return async () => {
    if (streamId === undefined) return;
    const path = await host().askSavePath(`${target.object.name}.log`);
    if (!path) return;
    await connection.request("logs.save", { stream: String(streamId), path }).then(
      (saved) => toast.success(t("logs.saved"), { description: saved.path }),
      (error: Error) => toast.error(t("logs.saveFailed"), { description: error.message }),
    );
  };
}

/** The log of a pod or of all pods of a workload, as one stream. */
export default function Logs({
  target,
  container: first,
  previous: startPrevious,
}: {
  target: Target;
  container?: string | undefined;
  previous?: boolean | undefined;
}) {
  const { t } = useTranslation();
  const singleKeys = usePreferences((state) => state.singleKeys);
  const containers = useContainers(target);
  const [container, setContainer] = useState(first);
  const [previous, setPrevious] = useState(startPrevious ?? false);
  const [following, setFollowing] = useState(true);
  const [wrap, setWrap] = useState(true);
  const [times, setTimes] = useState(false);
  const [text, setText] = useState("");
  const [regex, setRegex] = useState(false);
  const [onlyMatches, setOnlyMatches] = useState(false);
  const [match, setMatch] = useState(0);
  const lines = useRef<LogLinesHandle>(null);
  const search = useRef<HTMLInputElement>(null);
  const feed = useLogs(target, { container, previous, tailLines });
  const save = useSave(target, feed.streamId);
  const { entries, dropped, pods } = feed.buffer;
  const colours = useMemo(() => coloursOf(pods), [pods]);
  const pattern = useMemo(() => logPattern({ text, regex, caseSensitive: false }), [text, regex]);
  const found = useMemo(() => findLines(entries, pattern), [entries, pattern]);
  const at = found.length === 0 ? 0 : ((match % found.length) + found.length) % found.length;
  const broken = regex && text !== "" && pattern === undefined;
  const filtering = onlyMatches && pattern !== undefined;
  const current = found.length === 0 ? undefined : filtering ? at : found[at];

  const goTo = (next: number) => {
    if (found.length === 0) return;
    const index = ((next % found.length) + found.length) % found.length;
    setMatch(index);
    setFollowing(false);
    lines.current?.scrollTo(filtering ? index : found[index]!);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const handled = (): boolean => {
      if (pressed(event, "save")) return (void save(), true);
      if (event.key === "ArrowUp" || event.key === "PageUp" || event.key === "Home") return (setFollowing(false), false);
      if (event.key === "End") return (setFollowing(true), true);
      if (!singleKeys) return false;
      if (pressed(event, "follow")) return (setFollowing(!following), true);
      if (pressed(event, "searchLogs")) return (search.current?.focus(), true);
      if (pressed(event, "nextMatch")) return (goTo(at + 1), true);
      if (pressed(event, "previousMatch")) return (goTo(at - 1), true);
      if (pressed(event, "wrap")) return (setWrap(!wrap), true);
      if (pressed(event, "times")) return (setTimes(!times), true);
      return false;
    };
    if (handled()) event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div role="toolbar" aria-label={t("logs.toolbar")} className="flex min-h-9 flex-wrap items-center gap-1.5 border-b border-border px-3 py-1">
        <SearchField
          inputRef={search}
          label={t("logs.search")}
          clearLabel={t("logs.clearSearch")}
          placeholder={t("logs.search")}
          value={text}
          invalid={broken}
          onValue={(value) => (setText(value), setMatch(0))}
          onKeyDown={(event) => {
            if (event.key === "Enter") return (event.preventDefault(), goTo(event.shiftKey ? at - 1 : at + (match === at && !following ? 1 : 0)));
            if (event.key === "Escape") return (event.stopPropagation(), text ? setText("") : lines.current?.focus());
          }}
          trailing={
            <span role="status" className="shrink-0 text-meta text-muted-foreground tabular-nums">
              {text
                ? broken
                  ? t("logs.badPattern")
                  : found.length === 0
                    ? t("logs.noMatch")
                    : t("logs.matchOf", { at: formatNumber(at + 1), count: found.length, total: formatNumber(found.length) })
                : ""}
            </span>
          }
          className="w-80"
        />
        <IconButton icon={Regex} label={t("logs.regex")} active={regex} onClick={() => setRegex(!regex)} />
        <IconButton icon={Filter} label={t("logs.onlyMatches")} active={onlyMatches} onClick={() => setOnlyMatches(!onlyMatches)} />
        <IconButton icon={ArrowUp} label={t("logs.previousMatch")} keys={keysOf("previousMatch")} onClick={() => goTo(at - 1)} />
        <IconButton icon={ArrowDown} label={t("logs.nextMatch")} keys={keysOf("nextMatch")} onClick={() => goTo(at + 1)} />
        <span className="flex-1" />
        {containers.length > 1 ? (
          <Menu label={t("logs.containers")} trigger={<Button>{container ?? t("logs.allContainers")}</Button>}>
            <MenuChoice checked={container === undefined} onSelect={() => setContainer(undefined)}>
              {t("logs.allContainers")}
            </MenuChoice>
            {containers.map((name) => (
              <MenuChoice key={name} checked={container === name} onSelect={() => setContainer(name)}>
                {name}
              </MenuChoice>
            ))}
          </Menu>
        ) : null}
        <span className="text-meta text-muted-foreground tabular-nums">
          {dropped > 0
            ? t("logs.linesDropped", { lines: formatNumber(entries.length), dropped: formatNumber(dropped) })
            : t("logs.lines", { count: entries.length, lines: formatNumber(entries.length) })}
        </span>
        <IconButton
          icon={following ? Pause : Play}
          label={following ? t("logs.pause") : t("logs.follow")}
          keys={keysOf("follow")}
          active={following}
          onClick={() => setFollowing(!following)}
        />
        <IconButton icon={History} label={t("logs.previousRun")} active={previous} onClick={() => setPrevious(!previous)} />
        <IconButton icon={WrapText} label={t("logs.wrap")} keys={keysOf("wrap")} active={wrap} onClick={() => setWrap(!wrap)} />
        <IconButton icon={Clock} label={t("logs.times")} keys={keysOf("times")} active={times} onClick={() => setTimes(!times)} />
        <IconButton icon={Download} label={t("logs.save")} keys={keysOf("save")} onClick={() => void save()} />
      </div>
      {feed.error ? <Notice tone="error" className="m-2" title={feed.error.message} /> : null}
      <div className="relative min-h-0 flex-1">
        {entries.length === 0 && !feed.error ? (
          <p className="absolute inset-x-0 top-3 z-10 px-3 text-muted-foreground">{feed.ended ? t("logs.endedEmpty") : t("logs.waiting")}</p>
        ) : null}
        <LogLines
          handle={lines}
          label={t("logs.of", { name: target.object.name })}
          buffer={feed.buffer}
          shown={filtering ? found : undefined}
          pattern={pattern}
          current={current}
          wrap={wrap}
          times={times}
          colours={colours}
          following={following}
          onFollowing={setFollowing}
          onKeyDown={onKeyDown}
        />
        {following || entries.length === 0 ? null : (
          <Button icon={ArrowDownToLine} className="overlay-in absolute right-4 bottom-3 shadow-overlay" onClick={() => setFollowing(true)}>
            {t("logs.toEnd")}
          </Button>
        )}
      </div>
    </div>
  );
}
