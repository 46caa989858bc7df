import type { Status, StatusDetails } from "../../shared/kubernetes/types.ts";

/** An answer other than success, as the API gives it: a metav1.Status that can be thrown. */
export class StatusError extends Error {
  override name = "StatusError";
  readonly status: Status;
  /** Sent as headers of the answer, e.g. Retry-After. */
  readonly headers: Record<string, string>;

  constructor(code: number, reason: string, message: string, details?: StatusDetails, headers: Record<string, string> = {}) {
    super(message);
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason ? { reason } : {}),
      ...(details ? { details } : {}),
      code,
    };
    this.headers = headers;
  }

  get code(): number {
    return this.status.code ?? 500;
  }

  get reason(): string {
    return this.status.reason ?? "";
  }
}

/** True when `error` is an API answer with this reason, e.g. `NotFound`, `AlreadyExists`, `Conflict`, `Expired`. */
export const hasReason = (error: unknown, reason: string): boolean => error instanceof StatusError && error.reason === reason;
