import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SecretClipboard } from "./secretClipboard.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openClipboard() {
  let text = "";
  return { readText: () => text, writeText: (next: string) => void (text = next) };
}

test("a secret is gone after a minute", async () => {
  const clipboard = openClipboard();
  new SecretClipboard(clipboard).copy("hunter2");
  await vi.advanceTimersByTimeAsync(59_000);
  expect(clipboard.readText()).toBe("hunter2");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(clipboard.readText()).toBe("");
});

test("what was copied since stays", async () => {
  const clipboard = openClipboard();
  new SecretClipboard(clipboard).copy("hunter2");
  clipboard.writeText("a recipe");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(clipboard.readText()).toBe("a recipe");
});

test("a second secret has its own minute", async () => {
  const clipboard = openClipboard();
  const secrets = new SecretClipboard(clipboard);
  secrets.copy("first");
  await vi.advanceTimersByTimeAsync(40_000);
  secrets.copy("second");
  await vi.advanceTimersByTimeAsync(40_000);
  expect(clipboard.readText()).toBe("second");
});
