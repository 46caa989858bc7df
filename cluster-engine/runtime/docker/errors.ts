import { RuntimeError, type RuntimeErrorCode } from "../types.ts";

/** A failed answer of the engine. */
export interface EngineFailure {
  status: number;
  body: string;
  path: string;
}

/** What registries and engines write when credentials are missing or wrong; the status code says nothing reliable. */
const refused = /unauthorized|no basic auth credentials|authentication required|access denied|denied: |401 Unauthorized|403 Forbidden/i;
const absentImage =
  /no such image|image not known|manifest unknown|not found: manifest|manifest for .* not found|repository .* not found|does not exist or may require/i;

/** Podman answers 500. */
const takenName = /name .* is already in use/i;

/** Turns a lost connection or a refusal of the engine into a RuntimeError. */
export function engineError(cause: Error | EngineFailure): RuntimeError {
  if (cause instanceof RuntimeError) return cause;
  if (cause instanceof Error) return new RuntimeError("Unavailable", `container engine: ${cause.message}`, { cause });
  const message = messageOf(cause.body) || `container engine answered ${cause.status}`;
  return new RuntimeError(codeOf(cause.status, message), message);
}

/** Errors of a pull: by the text, because engines answer 404 and 500 alike. */
export function pullError(message: string): RuntimeError {
  if (refused.test(message)) return new RuntimeError("RegistryAuth", message);
  if (absentImage.test(message) || /404 Not Found/i.test(message)) return new RuntimeError("ImageNotFound", message);
  return new RuntimeError("ImagePull", message);
}

function codeOf(status: number, message: string): RuntimeErrorCode {
  if (absentImage.test(message)) return "ImageNotFound";
  if (status === 404) return "NotFound";
  if (status === 409 || takenName.test(message)) return "AlreadyExists";
  if (status === 400) return "InvalidArgument";
  return "Unknown";
}

function messageOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as { message?: string; cause?: string };
    return parsed.message ?? parsed.cause ?? "";
  } catch {
    return body.trim();
  }
}

export const isCode = (error: unknown, ...codes: RuntimeErrorCode[]): boolean => error instanceof RuntimeError && codes.includes(error.code);

/** Awaits `work`, taking "it is not there" for done: what makes stop and remove idempotent. */
export async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCode(error, "NotFound")) throw error;
  }
}
