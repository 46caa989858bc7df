import { useCallback, useSyncExternalStore } from "react";
import { formatAge, formatDateTime } from "./format.ts";

const listeners = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  now = Date.now();
  ticking ??= setInterval(() => {
    now = Date.now();
    for (const listener of listeners) listener();
  }, 1000);
  return () => {
    listeners.delete(changed);
    if (listeners.size === 0) {
      clearInterval(ticking);
      ticking = undefined;
    }
  };
}

/** Text computed from the time of day, computed again each second; renders only when it changes. */
export function useTimeText(text: (now: number) => string): string {
  const snapshot = useCallback(() => text(now), [text]);
  return useSyncExternalStore(subscribe, snapshot);
}

/** How long ago, as kubectl writes it; the moment itself on hover. */
export function Age({ at, className }: { at: number; className?: string }) {
  const text = useTimeText(useCallback((time: number) => formatAge(time - at), [at]));
  return (
    <time dateTime={new Date(at).toISOString()} title={formatDateTime(at)} className={className}>
      {text}
    </time>
  );
}
