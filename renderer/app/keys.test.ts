import { describe, expect, it } from "vitest";
import en from "./locales/en.json" with { type: "json" };
import { keyBindings, pressed, type KeyId } from "./keys.ts";

const event = (key: string, held: Partial<Record<"shiftKey" | "ctrlKey" | "metaKey" | "altKey", boolean>> = {}) => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...held,
});

describe("keys", () => {
  it.each<[KeyId, ReturnType<typeof event>, boolean]>([
    ["logs", event("l"), true],
    ["logs", event("L", { shiftKey: true }), false],
    ["previousLogs", event("L", { shiftKey: true }), true],
    ["logs", event("l", { ctrlKey: true }), false],
    ["more", event("+", { shiftKey: true }), true],
    ["more", event("+"), true],
    ["select", event(" "), true],
    ["rowDown", event("j"), true],
    ["rowDown", event("ArrowDown"), true],
    ["rowDown", event("ArrowDown", { shiftKey: true }), false],
    ["extend", event("ArrowDown", { shiftKey: true }), true],
    ["save", event("s", { metaKey: true }), true],
    ["save", event("s"), false],
    ["delete", event("Delete"), true],
  ])("%s by %j: %s", (id, pressedEvent, expected) => {
    expect(pressed(pressedEvent, id)).toBe(expected);
  });

  it("no place gives one key two meanings", () => {
    const taken = keyBindings.flatMap((binding) => binding.keys.map((keys) => `${binding.place} ${keys}`));
    expect(new Set(taken).size).toBe(taken.length);
  });

  it("every key has its words in the catalog", () => {
    for (const { id } of keyBindings) expect(en.keys.names, id).toHaveProperty(id);
  });
});
