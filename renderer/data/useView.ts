import { useCallback, useEffect, useReducer, useRef } from "react";
import type { ResourceRef, ViewFilter, ViewMessage } from "../../shared/contract.ts";
import type { OpenStream } from "./connection.ts";
import { resourceKey } from "./references.ts";
import { useConnection } from "./services.tsx";
import { applyViewMessage, emptyView, type ViewState } from "./viewState.ts";

export interface ViewQuery {
  cluster: string;
  resource: ResourceRef;
  namespaces: string[];
  filter: Partial<ViewFilter>;
  sort?: { column: string; descending: boolean } | undefined;
}

/** States of lists seen lately: shown at once, as stale, while the view opens. */
const lastKnown = new Map<string, ViewState>();
const lastKnownLists = 24;

function remember(key: string, state: ViewState): void {
  lastKnown.delete(key);
  lastKnown.set(key, state);
  if (lastKnown.size > lastKnownLists) lastKnown.delete(lastKnown.keys().next().value!);
}

type Action = { type: "message"; message: ViewMessage } | { type: "reset"; state: ViewState };
const reduce = (state: ViewState, action: Action): ViewState => (action.type === "reset" ? action.state : applyViewMessage(state, action.message));

/** Opens a view and keeps it open while mounted; changes of the query update it in place. */
export function useView(query: ViewQuery, initialCount = 60): { state: ViewState; setRange: (start: number, count: number) => void } {
  const connection = useConnection();
  const listKey = `${query.cluster}|${resourceKey(query.resource)}`;
  const rest = JSON.stringify({ namespaces: query.namespaces, filter: query.filter, sort: query.sort });
  const memoryKey = `${listKey}|${rest}`;
  const [state, dispatch] = useReducer(reduce, memoryKey, (key) => lastKnown.get(key) ?? emptyView);
  const stream = useRef<OpenStream<"view"> | undefined>(undefined);
  const latest = useRef({ query, range: { start: 0, count: initialCount }, sent: rest });
  latest.current.query = query;

  useEffect(() => {
    const { query: asked, range } = latest.current;
    latest.current.sent = JSON.stringify({ namespaces: asked.namespaces, filter: asked.filter, sort: asked.sort });
    dispatch({ type: "reset", state: lastKnown.get(memoryKey) ?? emptyView });
    const opened = connection.open(
      "view",
      {
        cluster: asked.cluster,
        resource: asked.resource,
        namespaces: asked.namespaces,
        filter: asked.filter,
        range,
        ...(asked.sort ? { sort: asked.sort } : {}),
      },
      {
        message: (message) => dispatch({ type: "message", message }),
        end: (error) => dispatch({ type: "message", message: { freshness: { state: "failed", ...(error ? { message: error.message } : {}) } } }),
      },
    );
    stream.current = opened;
    return () => opened.close();
    // A changed query updates the open stream below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [connection, listKey]);

  useEffect(() => {
    if (latest.current.sent === rest) return;
    latest.current.sent = rest;
    const { namespaces, filter, sort } = latest.current.query;
    latest.current.range = { ...latest.current.range, start: 0 };
    stream.current?.update({ namespaces, filter, range: latest.current.range, ...(sort ? { sort } : {}) } as never);
  }, [rest]);

  useEffect(() => {
    if (state.freshness.state === "live") remember(memoryKey, state);
  }, [memoryKey, state]);

  const setRange = useCallback((start: number, count: number) => {
    const { range } = latest.current;
    if (range.start === start && range.count === count) return;
    latest.current.range = { start, count };
    stream.current?.update({ range: { start, count } } as never);
  }, []);
  return { state, setRange };
}
