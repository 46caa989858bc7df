import { describe, expect, it } from "vitest";
import { outcome } from "./execSocket.ts";

const cases: [string, string, [number | undefined, string?]][] = [
  ["success", '{"metadata":{},"status":"Success"}', [0]],
  [
    "an exit code",
    '{"status":"Failure","message":"command terminated with exit code 3","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}',
    [3],
  ],
  [
    "a failure before the command ran",
    '{"status":"Failure","message":"container not found (\\"web\\")","reason":"InternalError"}',
    [undefined, 'container not found ("web")'],
  ],
  ["a failure without a message", '{"status":"Failure"}', [undefined, '{"status":"Failure"}']],
  ["text that is no Status, as older servers send it", "error executing command", [undefined, "error executing command"]],
];

describe("outcome of a command", () => {
  it.each(cases)("%s", (_name, text, ended) => {
    expect(outcome(text)).toEqual(ended);
  });
});
