/** One request of one client, and how it ended. Times in ms of one monotonic clock. */
export interface Operation {
  client: number;
  /** `configmaps/w1`. */
  key: string;
  kind: "write" | "delete" | "read";
  /** What is written, or what was read; undefined: nothing was there. */
  value?: string | undefined;
  /** The revision that the write was to replace; 0: none; absent: any. */
  basis?: number;
  invoked: number;
  returned: number;
  /** `unknown`: the answer never came; either outcome is right. */
  outcome: "ok" | "refused" | "unknown";
  /** Of the object that was written, read or deleted; a deletion's own revision is what the watch says. */
  revision?: number;
  uid?: string;
}

/** What a watch told, in its order. */
export interface Told {
  key: string;
  revision: number;
  uid: string;
  /** Undefined: deleted. */
  value: string | undefined;
}

/**
 * Whether clients that wrote, read and deleted at the same time saw one order of things: a register for each key, checked by
 * the revisions that the server gave and the real times of the requests (Herlihy and Wing's linearizability, for which the
 * revisions are the witness), and a watch that tells each change once. Answers what is wrong; nothing: all is right.
 */
export function violations(operations: readonly Operation[], told: readonly Told[]): string[] {
  const found: string[] = [];
  const deletions = new Map(told.filter(({ value }) => value === undefined).map((event) => [event.uid, event]));
  const byKey = new Map<string, Told[]>();
  for (const event of told) byKey.set(event.key, [...(byKey.get(event.key) ?? []), event]);
  const done = operations
    .filter(({ outcome }) => outcome === "ok")
    .map((operation) => ({ ...operation, revision: revisionOf(operation, deletions) }));
  found.push(...watchProblems(told));
  for (const operation of done) {
    if (operation.kind === "read") continue;
    const event =
      operation.kind === "delete"
        ? deletions.get(operation.uid ?? "")
        : (byKey.get(operation.key) ?? []).find(({ revision }) => revision === operation.revision);
    if (!event || event.value !== (operation.kind === "delete" ? undefined : operation.value)) found.push(`lost: ${shown(operation)}`);
  }
  found.push(...orderProblems(done), ...unforeseen(operations, told));
  for (const [key, events] of byKey)
    found.push(
      ...keyProblems(
        done.filter((operation) => operation.key === key),
        events,
      ),
    );
  return found;
}

type Done = Operation & { revision: number | undefined };

const revisionOf = ({ kind, uid, revision }: Operation, deletions: ReadonlyMap<string, Told>): number | undefined =>
  kind === "delete" ? deletions.get(uid ?? "")?.revision : revision;

const shown = ({ client, kind, key, value, revision, basis }: Operation): string =>
  `client ${client}: ${kind} of ${key}${value === undefined ? "" : ` = ${value}`}${basis === undefined ? "" : ` over ${basis}`} at revision ${revision ?? "?"}`;

/** Each resource's events come in order, none twice. */
function watchProblems(told: readonly Told[]): string[] {
  const last = new Map<string, number>();
  return told.flatMap(({ key, revision }) => {
    const resource = key.split("/")[0]!;
    const before = last.get(resource) ?? 0;
    last.set(resource, revision);
    return revision > before ? [] : [`the watch of ${resource} told revision ${revision} after ${before}`];
  });
}

/** What ended before another began has the smaller revision. */
function orderProblems(done: readonly Done[]): string[] {
  const writes = done.filter(({ kind, revision }) => kind !== "read" && revision !== undefined);
  const ended = [...writes].sort((a, b) => a.returned - b.returned);
  const begun = [...writes].sort((a, b) => a.invoked - b.invoked);
  const found: string[] = [];
  let at = 0;
  let newest: Done | undefined;
  for (const write of begun) {
    for (; at < ended.length && ended[at]!.returned < write.invoked; at++) if (!newest || ended[at]!.revision! > newest.revision!) newest = ended[at];
    if (newest && newest.revision! > write.revision!) found.push(`back in time: ${shown(write)} began after ${shown(newest)} had ended`);
  }
  return found;
}

/** Nothing is there that was refused, or that nobody wrote. */
function unforeseen(operations: readonly Operation[], told: readonly Told[]): string[] {
  const possible = new Set(
    operations.filter(({ kind, outcome }) => kind === "write" && outcome !== "refused").map(({ key, value }) => `${key} ${value}`),
  );
  return told.flatMap(({ key, value, revision }) =>
    value === undefined || possible.has(`${key} ${value}`) ? [] : [`${key} = ${value} at revision ${revision}: nobody's write`],
  );
}

function keyProblems(done: readonly Done[], events: readonly Told[]): string[] {
  const found: string[] = [];
  for (const operation of done) {
    if (operation.kind === "write" && operation.basis !== undefined) {
      const before = events.filter(({ revision }) => revision < operation.revision!).at(-1);
      const basis = before?.value === undefined ? 0 : before.revision;
      if (basis !== operation.basis) found.push(`lost update: ${shown(operation)}, but ${basis} was there`);
    }
    if (operation.kind === "read" && !isPossible(operation, done, events)) found.push(`stale or never there: ${shown(operation)}`);
  }
  return found;
}

/** What was read must have been there at some time between the question and the answer. */
function isPossible(read: Done, done: readonly Done[], events: readonly Told[]): boolean {
  const known = Math.max(0, ...done.filter(({ kind, returned }) => kind !== "read" && returned < read.invoked).map(({ revision }) => revision ?? 0));
  const began = new Map(done.filter(({ kind }) => kind !== "read").map(({ revision, invoked }) => [revision, invoked]));
  // States from the newest that was surely there to the last that had begun before the answer.
  const states = events.filter(({ revision }, i) => {
    const isOver = (events[i + 1]?.revision ?? Infinity) <= known;
    return !isOver && (began.get(revision) ?? 0) <= read.returned;
  });
  if (read.value !== undefined) return states.some(({ revision, value }) => revision === read.revision && value === read.value);
  return known === 0 || states.some(({ value }) => value === undefined);
}
