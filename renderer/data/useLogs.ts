import { useEffect, useRef, useState } from "react";
import type { ContractError, LogEntry, Target } from "../../shared/contract.ts";
import { appendLog, emptyLog, type LogBuffer } from "./logBuffer.ts";
import { targetKey } from "./references.ts";
import { useConnection } from "./services.tsx";

export interface LogOptions {
  container?: string | undefined;
  previous: boolean;
  tailLines: number;
}

export interface LogFeed {
  buffer: LogBuffer;
  streamId: number | undefined;
  ended: boolean;
  error?: ContractError | undefined;
}

const fresh: LogFeed = { buffer: emptyLog, streamId: undefined, ended: false };

/** Lines of a pod or a workload as they come; batches within one frame become one update. */
export function useLogs(target: Target, options: LogOptions): LogFeed {
  const connection = useConnection();
  const [feed, setFeed] = useState(fresh);
  const waiting = useRef<LogEntry[]>([]);
  const { container, previous, tailLines } = options;
  const key = targetKey(target);

  useEffect(() => {
    waiting.current = [];
    let frame = 0;
    const flush = () => {
      frame = 0;
      const batch = waiting.current;
      waiting.current = [];
      setFeed((before) => ({ ...before, buffer: appendLog(before.buffer, batch) }));
    };
    const stream = connection.open(
      "logs",
      { cluster: target.cluster, object: target.object, previous, tailLines, ...(container ? { container } : {}) },
      {
        message: (batch) => {
          waiting.current.push(...batch);
          frame ||= requestAnimationFrame(flush);
        },
        end: (error) => setFeed((before) => ({ ...before, ended: true, error })),
        reopened: () => setFeed((before) => ({ ...fresh, streamId: before.streamId })),
      },
    );
    setFeed({ ...fresh, streamId: stream.id });
    return () => {
      cancelAnimationFrame(frame);
      stream.close();
    };
    // The key says all that the target does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [connection, key, container, previous, tailLines]);
  return feed;
}
