import { expect, test } from "vitest";
import { refuseForeign } from "./foreignRequests.ts";

const names = new Set(["kubernetes.default.svc", "desk.example"]);
const asked = (headers: Record<string, string>) => () => refuseForeign({ header: (name) => headers[name] }, names);

test.each([
  {},
  { host: "127.0.0.1:6443" },
  { host: "[::1]:6443" },
  { host: "172.17.0.1" },
  { host: "LOCALHOST:6443" },
  { host: "kubernetes.default.svc" },
  { ":authority": "desk.example:443" },
  { host: "127.0.0.1:6443", origin: "http://localhost" },
  { host: "127.0.0.1:6443", origin: "http://127.0.0.1:8001" },
  { host: "desk.example", origin: "https://desk.example" },
])("answers %o", (headers) => {
  expect(asked(headers as Record<string, string>)).not.toThrow();
});

test.each([
  [{ host: "evil.example:6443" }, /"evil.example:6443" is no name of this server: use an IP address/],
  [{ ":authority": "127.0.0.1.evil.example" }, /no name of this server/],
  [{ host: "a b" }, /no name of this server/],
  [{ host: "127.0.0.1:6443", origin: "https://evil.example" }, /requests of "https:\/\/evil.example" are not answered/],
  [{ host: "127.0.0.1:6443", origin: "https://127.0.0.1.evil.example" }, /not answered/],
  [{ host: "127.0.0.1:6443", origin: "null" }, /not answered/],
])("refuses %o", (headers, problem) => {
  expect(asked(headers as Record<string, string>)).toThrow(problem);
});
