import type { Lifecycle, LifecycleHandler, Probe } from "../../../shared/kubernetes/types.ts";
import { httpHeaderName, portName, portNumber } from "../../api/names.ts";
import type { Problems } from "./problems.ts";

const schemes = ["HTTP", "HTTPS"];
const oneHandler = "may not specify more than 1 handler type";

/** The three probes of a container. */
export function validateProbes(
  container: { livenessProbe?: Probe; readinessProbe?: Probe; startupProbe?: Probe },
  gracePeriod: number | undefined,
  path: string,
  problems: Problems,
): void {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  if (livenessProbe) validateProbe(livenessProbe, gracePeriod, `${path}.livenessProbe`, problems, true);
  if (readinessProbe) {
    validateProbe(readinessProbe, gracePeriod, `${path}.readinessProbe`, problems, false);
    const period = readinessProbe.terminationGracePeriodSeconds;
    if (period !== undefined) problems.invalid(`${path}.readinessProbe.terminationGracePeriodSeconds`, period, "must not be set for readinessProbes");
  }
  if (startupProbe) validateProbe(startupProbe, gracePeriod, `${path}.startupProbe`, problems, true);
}

function validateProbe(probe: Probe, gracePeriod: number | undefined, path: string, problems: Problems, onceOnly: boolean): void {
  validateHandler(probe, gracePeriod, path, problems);
  for (const field of ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] as const) {
    problems.nonNegative(`${path}.${field}`, probe[field]);
  }
  const period = probe.terminationGracePeriodSeconds;
  if (period !== undefined && period <= 0) problems.invalid(`${path}.terminationGracePeriodSeconds`, period, "must be greater than 0");
  if (onceOnly && probe.successThreshold !== 1) problems.invalid(`${path}.successThreshold`, probe.successThreshold ?? 0, "must be 1");
}

export function validateLifecycle(
  lifecycle: Lifecycle,
  gracePeriod: number | undefined,
  os: string | undefined,
  path: string,
  problems: Problems,
): void {
  if (lifecycle.postStart) validateHandler(lifecycle.postStart, gracePeriod, `${path}.postStart`, problems);
  if (lifecycle.preStop) validateHandler(lifecycle.preStop, gracePeriod, `${path}.preStop`, problems);
  if (lifecycle.stopSignal && !os) problems.forbidden(`${path}.stopSignal`, "may not be set for containers with empty `spec.os.name`");
}

type Handler = LifecycleHandler & Pick<Probe, "grpc">;

/** Exactly one of exec, httpGet, tcpSocket, grpc, sleep. */
function validateHandler(handler: Handler, gracePeriod: number | undefined, path: string, problems: Problems): void {
  let found = false;
  const one = (kind: keyof Handler, check: (field: string) => void): void => {
    if (!handler[kind]) return;
    if (found) problems.forbidden(`${path}.${kind}`, oneHandler);
    else check(`${path}.${kind}`);
    found = true;
  };
  one("exec", (field) => {
    if (!handler.exec!.command?.length) problems.required(`${field}.command`);
  });
  one("httpGet", (field) => validateHttpGet(handler.httpGet!, field, problems));
  one("tcpSocket", (field) => validatePort(handler.tcpSocket!.port, `${field}.port`, problems));
  one("grpc", (field) => validatePort(handler.grpc!.port, `${field}.port`, problems));
  one("sleep", (field) => {
    const { seconds } = handler.sleep!;
    if (gracePeriod === undefined || (seconds >= 0 && seconds <= gracePeriod)) return;
    problems.invalid(field, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`);
  });
  if (!found) problems.required(path, "must specify a handler type");
}

function validateHttpGet(action: NonNullable<LifecycleHandler["httpGet"]>, path: string, problems: Problems): void {
  if (!action.path) problems.required(`${path}.path`);
  validatePort(action.port, `${path}.port`, problems);
  if (!schemes.includes(action.scheme ?? "")) problems.notSupported(`${path}.scheme`, action.scheme, schemes);
  for (const header of action.httpHeaders ?? []) problems.invalidEach(`${path}.httpHeaders`, header.name, httpHeaderName(header.name));
}

/** A port by number or by name. */
export function validatePort(port: number | string, field: string, problems: Problems): void {
  problems.invalidEach(field, port, typeof port === "number" ? portNumber(port) : portName(port));
}
