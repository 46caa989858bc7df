import type { Status } from "../../../shared/kubernetes/types.ts";
import { statusOf } from "../request/statusErrors.ts";

/** What the error channel says when a command has ended. */
export function exitStatus(code: number): Status {
  if (code === 0) return { metadata: {}, status: "Success" } as Status;
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  } as Status;
}

/** What the error channel says when the command could not run. */
export function failureStatus(error: unknown): Status {
  const { status } = statusOf(error);
  return {
    metadata: {},
    status: "Failure",
    message: status.message,
    reason: status.reason || "InternalError",
    ...(status.details ? { details: status.details } : {}),
    code: 500,
  } as Status;
}
