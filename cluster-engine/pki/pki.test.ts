import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FakeClock } from "../base/clock.ts";
import { openPki } from "./pki.ts";

const dir = mkdtempSync(join(tmpdir(), "wherry-pki-"));
afterAll(() => rmSync(dir, { recursive: true }));
const clock = new FakeClock();
const options = { dir, clock, dnsNames: ["localhost", "kubernetes.default.svc"], ipAddresses: ["127.0.0.1", "10.96.0.1"] };

test("keys are made once, then loaded, and readable by their owner alone", async () => {
  const made = await openPki(options);
  expect(await openPki(options)).toEqual(made);
  expect(statSync(join(dir, "ca.key")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(dir, "admin.crt"), "utf8")).toBe(made.admin.cert);
});

test("certificates carry names, groups and the CA's signature", async () => {
  const { ca, serving, admin } = await openPki(options);
  const [authority, server, client] = [ca.cert, serving.cert, admin.cert].map((pem) => new X509Certificate(pem)) as [
    X509Certificate,
    X509Certificate,
    X509Certificate,
  ];
  expect([authority.ca, server.checkIP("10.96.0.1"), server.checkHost("kubernetes.default.svc")]).toEqual([
    true,
    "10.96.0.1",
    "kubernetes.default.svc",
  ]);
  expect(client.subject).toBe("O=system:masters\nCN=kubernetes-admin");
  expect(client.verify(authority.publicKey) && server.verify(authority.publicKey)).toBe(true);
});

test("a serving certificate is issued anew for another address or near its end, the CA stays", async () => {
  const before = await openPki(options);
  const moved = await openPki({ ...options, ipAddresses: ["127.0.0.1", "10.96.0.1", "10.244.0.1"] });
  expect(new X509Certificate(moved.serving.cert).checkIP("10.244.0.1")).toBe("10.244.0.1");
  await clock.step(340 * 86_400_000);
  const renewed = await openPki(options);
  expect([renewed.ca.cert === before.ca.cert, renewed.serving.cert === moved.serving.cert]).toEqual([true, false]);
});
