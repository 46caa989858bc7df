import { useVirtualizer } from "@tanstack/react-virtual";
import { AnsiUp } from "ansi_up";
import { useCallback, useEffect, useImperativeHandle, useMemo, useRef, type KeyboardEvent, type Ref } from "react";
import { useTranslation } from "react-i18next";
import type { LogEntry } from "../../../shared/contract.ts";
import { splitMatches, type LogBuffer } from "../../data/logBuffer.ts";
import { classNames } from "../../ui/classNames.ts";
import { formatLogTime } from "../../ui/format.ts";

export interface LogLinesHandle {
  scrollTo(index: number): void;
  focus(): void;
}

interface LogLinesProps {
  buffer: LogBuffer;
  /** Indexes to show; undefined: all. */
  shown?: readonly number[] | undefined;
  pattern: RegExp | undefined;
  /** Index of the match of the moment. */
  current: number | undefined;
  wrap: boolean;
  times: boolean;
  /** Colour of each pod; one pod needs none. */
  colours: ReadonlyMap<string, string>;
  following: boolean;
  onFollowing(following: boolean): void;
  onKeyDown(event: KeyboardEvent): void;
  label: string;
  handle: Ref<LogLinesHandle>;
}

const lineHeight = 18;
/** How near (px) to the end counts as being there. */
const nearEnd = 24;

/* eslint-disable-next-line no-control-regex -- escape sequences begin with one */
const escapes = /\u001b\[[0-9;]*m/;

/** Parts of a line with its ANSI colours as classes; plain lines stay as they are. */
function ansiParts(text: string): { text: string; style?: Record<string, string> }[] {
  if (!escapes.test(text)) return [{ text }];
  const converter = new AnsiUp();
  const html = converter.ansi_to_html(text);
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return [...parsed.body.childNodes].map((node) => {
    const style = node instanceof HTMLElement ? node.style : undefined;
    return { text: node.textContent ?? "", ...(style?.color ? { style: { color: style.color } } : {}) };
  });
}

function LineText({ text, pattern, current }: { text: string; pattern: RegExp | undefined; current: boolean }) {
  if (!pattern) {
    return ansiParts(text).map((part, index) => (
      <span key={index} style={part.style}>
        {part.text}
      </span>
    ));
  }
  return splitMatches(text, pattern).map((part, index) =>
    part.match ? (
      <mark
        key={index}
        className={classNames("rounded-[2px] text-foreground", current ? "bg-pending-icon/60 outline outline-pending-icon" : "bg-diff-changed")}
      >
        {part.text}
      </mark>
    ) : (
      <span key={index}>{part.text}</span>
    ),
  );
}

function Marker({ entry }: { entry: LogEntry }) {
  const { t } = useTranslation();
  return (
    <span
      className={classNames(
        "flex items-center gap-2 font-sans text-meta",
        entry.marker === "error" || entry.marker === "lost" ? "text-failed" : "text-muted-foreground",
      )}
    >
      <span className="h-px w-6 bg-border" />
      {entry.text || t(`logs.markers.${entry.marker!}`, { pod: entry.pod, container: entry.container })}
      <span className="h-px flex-1 bg-border" />
    </span>
  );
}

/** The lines: virtual, following the end until the reader scrolls up. */
export function LogLines({ buffer, shown, pattern, current, wrap, times, colours, following, onFollowing, onKeyDown, label, handle }: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const count = shown?.length ?? buffer.entries.length;
  const entryAt = (index: number): LogEntry => buffer.entries[shown ? shown[index]! : index]!;
  // Sizes of all lines are computed anew whenever this function is another one.
  const { dropped } = buffer;
  const getItemKey = useCallback((index: number) => (shown ? shown[index]! : index) + dropped, [shown, dropped]);
  // oxlint-disable-next-line react/incompatible-library -- virtual rows; no compiler memoizes here
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 20,
    getItemKey,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, wrap]);
  useEffect(() => {
    if (following && count > 0) virtualizer.scrollToIndex(count - 1, { align: "end" });
  }, [following, count, buffer, virtualizer]);
  useImperativeHandle(
    handle,
    () => ({ scrollTo: (index) => virtualizer.scrollToIndex(index, { align: "center" }), focus: () => scroller.current?.focus() }),
    [virtualizer],
  );

  const podWidth = useMemo(() => Math.min(34, Math.max(0, ...[...colours.keys()].map((pod) => pod.length))), [colours]);
  const onScroll = () => {
    const box = scroller.current!;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < nearEnd;
    if (box.scrollTop < lastTop.current - 1 && !atEnd) onFollowing(false);
    else if (atEnd && box.scrollTop > lastTop.current) onFollowing(true);
    lastTop.current = box.scrollTop;
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a place that scrolls takes the keys that scroll it
    <div
      ref={scroller}
      role="log"
      aria-label={label}
      aria-live="off"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the same
      tabIndex={0}
      onScroll={onScroll}
      onWheel={(event) => event.deltaY < 0 && onFollowing(false)}
      onKeyDown={onKeyDown}
      className="focus-inset relative h-full overflow-auto bg-background font-mono text-code [overflow-anchor:none]"
      data-selectable
    >
      <div style={{ height: virtualizer.getTotalSize() }} className={wrap ? "" : "w-max min-w-full"}>
        {virtualizer.getVirtualItems().map(({ index, start, key }) => {
          const entry = entryAt(index);
          const colour = colours.size > 1 ? colours.get(entry.pod) : undefined;
          return (
            <div
              key={key}
              ref={wrap ? virtualizer.measureElement : undefined}
              data-index={index}
              className={classNames(
                "flex gap-2 px-3 hover:bg-hover",
                wrap ? "absolute inset-x-0" : "absolute w-full min-w-max",
                index === current && "bg-selected",
              )}
              style={{ top: start, minHeight: lineHeight }}
            >
              {entry.marker ? (
                <Marker entry={entry} />
              ) : (
                <>
                  {times ? <span className="shrink-0 text-muted-foreground select-none">{formatLogTime(entry.at)}</span> : null}
                  {colour ? (
                    <span
                      className="shrink-0 truncate select-none"
                      style={{ color: colour, width: `${podWidth}ch` }}
                      title={`${entry.pod} ${entry.container}`}
                    >
                      {entry.pod}
                    </span>
                  ) : null}
                  <span className={classNames("min-w-0", wrap ? "flex-1 break-all whitespace-pre-wrap" : "whitespace-pre")}>
                    <LineText text={entry.text} pattern={pattern} current={index === current} />
                  </span>
                </>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
