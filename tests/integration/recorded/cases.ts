import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CommandAnswer } from "./kubectl.ts";

export interface RecordedRequest {
  method?: string;
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A command line for kubectl. */
export interface RecordedCommand {
  kubectl: string[];
}

/** A request or command that must succeed, or a pause. */
export interface Step extends Partial<RecordedRequest>, Partial<RecordedCommand> {
  /** Seconds. */
  sleep?: number;
  /** Status codes that are no failure either. */
  allow?: number[];
  /** Variable → dotted path in the answer. */
  capture?: Record<string, string>;
  /** Repeated until the answer has this status (200) and field. */
  until?: { status?: number; field?: string; value?: unknown };
  /** Seconds of patience for `until`. */
  within?: number;
}

export interface Answer {
  status: number;
  headers?: Record<string, string[]>;
  body?: unknown;
}

export interface RecordedCase {
  id: string;
  setup: Step[];
  request: RecordedRequest | RecordedCommand;
  response: Answer | CommandAnswer;
  /** Seconds in which the answer may become what it should be. */
  settle?: number;
  teardown?: Step[];
}

/** The cases of a file beside this one. */
export function recordedCases(file: string): RecordedCase[] {
  const text = readFileSync(fileURLToPath(new URL(file, import.meta.url)), "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RecordedCase);
}

/** Nodes and volumes are seen by every namespace: such a case needs the cluster for itself. */
export const needsWholeCluster = (each: RecordedCase): boolean => /\/nodes|persistentvolumes|storageclasses/.test(JSON.stringify(each));
