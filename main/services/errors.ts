import type { ContractError } from "../../shared/contract.ts";

/** The Status that the Kubernetes API answers when it refuses. */
export interface ApiStatus {
  kind?: string;
  status?: string;
  code?: number;
  reason?: string;
  message?: string;
  details?: { name?: string; kind?: string; group?: string; causes?: { reason?: string; message?: string; field?: string }[] };
}

/** The API answered, and said no. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: ApiStatus;

  constructor(code: number, status: ApiStatus) {
    super(status.message || `the API answered ${code}`);
    this.code = code;
    this.status = status;
  }

  get reason(): string {
    return this.status.reason ?? "";
  }
}

export type ConnectionCause = "refused" | "dns" | "tls" | "proxy" | "timeout" | "unauthorized" | "plugin" | "other";

/** The API could not be asked at all. */
export class ConnectionError extends Error {
  readonly problem: ConnectionCause;

  constructor(problem: ConnectionCause, message: string, cause?: unknown) {
    super(message, { cause });
    this.problem = problem;
  }
}

/** What services themselves refuse: what, where and the remedy in one message. */
export class ServiceError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Any thrown value as the window gets it. */
export function contractError(error: unknown): ContractError {
  if (error instanceof ApiError) return { code: error.reason || String(error.code), message: error.message, status: error.status };
  if (error instanceof ConnectionError) return { code: `connection-${error.problem}`, message: error.message };
  if (error instanceof ServiceError) return { code: error.code, message: error.message };
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.code === 404;

export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.code === 409;
