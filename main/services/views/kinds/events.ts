import type { Event } from "../../../../shared/kubernetes/types.ts";
import { column, status, text, time, type KindView } from "../kindView.ts";
import { kindCell } from "./workloads.ts";

export const events: KindView = {
  columns: [
    column("last", "Last seen", "time"),
    column("type", "Type", "status"),
    text("reason", "Reason"),
    column("object", "Object", "ref"),
    text("message", "Message"),
    column("count", "Count", "number"),
    column("first", "First seen", "time"),
    text("source", "Source"),
  ],
  joins: [],
  sort: { column: "last", descending: true },
  omit: ["name", "age"],
  row(object) {
    const event = object as Event;
    const class_ = event.type === "Warning" ? "failed" : "running";
    return {
      status: class_,
      cells: {
        last: time(lastSeen(event)),
        type: status(class_, event.type ?? "Normal"),
        reason: event.reason ?? null,
        object: kindCell(event.involvedObject),
        message: event.message ?? null,
        count: event.series?.count ?? event.count ?? 1,
        first: time(event.firstTimestamp || event.eventTime || event.metadata.creationTimestamp),
        source: event.source?.component || event.reportingComponent || null,
      },
    };
  },
};

/** ms since the epoch. */
export const lastSeen = (event: Event): number =>
  Date.parse(event.series?.lastObservedTime || event.lastTimestamp || event.eventTime || event.firstTimestamp || event.metadata.creationTimestamp);
