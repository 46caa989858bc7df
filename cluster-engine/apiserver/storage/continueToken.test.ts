import { expect, test } from "vitest";
import { decodeContinue, encodeContinue } from "./continueToken.ts";

test("a token keeps the key and the revision", () => {
  expect(decodeContinue(encodeContinue("ns/name", 42))).toEqual({ lastKey: "ns/name", revision: 42 });
});

const token = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

test.each([
  ["!!!", "illegal base64 data at input byte 0"],
  [token({ v: "v2", rv: 1, start: "a" }), "server does not recognize this encoded version v2"],
  [token({ v: "meta.k8s.io/v1", rv: 0, start: "a" }), "incorrect encoded start resourceVersion"],
  [token({ v: "meta.k8s.io/v1", rv: 1, start: "" }), "encoded start key empty"],
  [token({ v: "meta.k8s.io/v1", rv: 1, start: "../secrets/x" }), "continue key is not valid"],
])("%s is refused", (text, message) => {
  expect(() => decodeContinue(text)).toThrow(message);
});
