import type { FieldError } from "../../api/fieldError.ts";
import { invalid } from "../../api/validationErrors.ts";
import { unspecified } from "../request/statusErrors.ts";
import { booleanParameter, integerParameter } from "./queryOptions.ts";

/** Parameters of LIST and WATCH, checked. */
export interface ListOptions {
  /** Undefined when none was given. */
  resourceVersion: number | undefined;
  match: string;
  limit: number | undefined;
  continue: string;
  sendInitialEvents: boolean | undefined;
  allowWatchBookmarks: boolean;
  timeoutSeconds: number | undefined;
}

/** A resourceVersion parameter. @throws a 500 with Go's text when it is no number, as Kubernetes does. */
export function revisionParameter(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (!/^\d+$/.test(text))
    throw unspecified(`resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** @throws BadRequest, Invalid */
export function parseListOptions(query: URLSearchParams, watch: boolean): ListOptions {
  const version = query.get("resourceVersion") ?? "";
  const options = {
    match: query.get("resourceVersionMatch") ?? "",
    limit: integerParameter(query, "limit"),
    continue: query.get("continue") ?? "",
    sendInitialEvents: booleanParameter(query, "sendInitialEvents"),
    allowWatchBookmarks: booleanParameter(query, "allowWatchBookmarks") ?? false,
    timeoutSeconds: integerParameter(query, "timeoutSeconds"),
  };
  const errors = watch ? watchProblems(options) : listProblems(options, version);
  if (errors.length) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
  return { resourceVersion: revisionParameter(version), ...options };
}

type Unversioned = Omit<ListOptions, "resourceVersion">;

const supportedMatches = ["Exact", "NotOlderThan", ""];

function listProblems(options: Unversioned, version: string): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (field: string, detail: string) => errors.push({ type: "Forbidden", field, detail });
  if (options.match) {
    if (!version) forbid("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (options.continue) forbid("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
    if (!supportedMatches.includes(options.match))
      errors.push({ type: "NotSupported", field: "resourceVersionMatch", value: options.match, supported: supportedMatches });
    if (options.match === "Exact" && version === "0")
      forbid("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  if (options.sendInitialEvents !== undefined) forbid("sendInitialEvents", "sendInitialEvents is forbidden for list");
  return errors;
}

function watchProblems(options: Unversioned): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (field: string, detail: string) => errors.push({ type: "Forbidden", field, detail });
  if (options.sendInitialEvents !== undefined && options.match !== "NotOlderThan")
    forbid("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  if (!options.match) return errors;
  if (options.sendInitialEvents === undefined)
    forbid("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  if (options.match !== "NotOlderThan")
    errors.push({ type: "NotSupported", field: "resourceVersionMatch", value: options.match, supported: ["NotOlderThan"] });
  if (options.continue) forbid("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
  return errors;
}
