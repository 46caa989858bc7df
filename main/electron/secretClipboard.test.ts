import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SecretClipboard } from "./secretClipboard.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openClipboard() {
  let text = "";
  return { readText: () => text, writeText: (next: string) => void (text = next) };
}

test("a secret is gone after a minute", () => {
  const clipboard = openClipboard();
  new SecretClipboard(clipboard).copy("hunter2");
  vi.advanceTimersByTime(59_000);
  expect(clipboard.readText()).toBe("hunter2");
  vi.advanceTimersByTime(1_000);
  expect(clipboard.readText()).toBe("");
});

test("what was copied since stays", () => {
  const clipboard = openClipboard();
  new SecretClipboard(clipboard).copy("hunter2");
  clipboard.writeText("a recipe");
  vi.advanceTimersByTime(60_000);
  expect(clipboard.readText()).toBe("a recipe");
});

test("a second secret has its own minute", () => {
  const clipboard = openClipboard();
  const secrets = new SecretClipboard(clipboard);
  secrets.copy("first");
  vi.advanceTimersByTime(40_000);
  secrets.copy("second");
  vi.advanceTimersByTime(40_000);
  expect(clipboard.readText()).toBe("second");
});
