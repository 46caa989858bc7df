import { webcrypto, X509Certificate } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { FakeClock } from "../base/clock.ts";
import { certificateAuthority } from "./authority.ts";
import { createAuthority } from "./certificates.ts";
import type { CertificateAuthority, KeyPair } from "./types.ts";
import { x509Library } from "./x509Library.ts";

const clock = new FakeClock();
const day = 86_400;
let ca: KeyPair;
let authority: CertificateAuthority;

beforeAll(async () => {
  ca = await createAuthority("kubernetes", clock);
  authority = certificateAuthority(ca, clock);
});

const algorithms = {
  ec: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  rsa: { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
};

async function request(kind: keyof typeof algorithms = "ec"): Promise<string> {
  const x509 = await x509Library();
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  const keys = (await webcrypto.subtle.generateKey(algorithms[kind], true, ["sign", "verify"])) as unknown as CryptoKeyPair;
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: "O=system:nodes, CN=system:node:a",
    keys,
    signingAlgorithm: algorithms[kind],
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "a.example.com" },
        { type: "ip", value: "10.0.0.1" },
        { type: "email", value: "a@example.com" },
        { type: "url", value: "spiffe://a" },
      ]),
    ],
  });
  return made.toString("pem");
}

const sign = async (usages: string[], seconds: number, from = authority, pem?: string) =>
  new X509Certificate(await from.sign(pem ?? (await request()), { usages, seconds }));

test("what a request asks for is read from it", async () => {
  expect(await authority.read(await request())).toEqual({
    commonName: "system:node:a",
    organizations: ["system:nodes"],
    dnsNames: ["a.example.com"],
    ipAddresses: ["10.0.0.1"],
    emailAddresses: ["a@example.com"],
    uris: ["spiffe://a"],
  });
});

test.each(["ec", "rsa"] as const)("a certificate for an %s key has the request's names and the CA's signature", async (kind) => {
  const certificate = await sign(["client auth", "digital signature"], day, authority, await request(kind));
  expect(certificate.subject).toBe("O=system:nodes\nCN=system:node:a");
  expect(certificate.publicKey.asymmetricKeyType).toBe(kind);
  expect(certificate.verify(new X509Certificate(ca.cert).publicKey)).toBe(true);
  expect([certificate.checkHost("a.example.com"), certificate.checkIP("10.0.0.1"), certificate.ca]).toEqual(["a.example.com", "10.0.0.1", false]);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
});

test("a certificate without key usages has no such extension", async () => {
  const x509 = await x509Library();
  const pem = await authority.sign(await request(), { usages: ["client auth"], seconds: day });
  expect(new x509.X509Certificate(pem).extensions.map(({ type }) => type)).not.toContain("2.5.29.15");
});

test.each([
  ["a long one ends earlier by what it starts earlier", 365 * day, 365 * day - 300],
  ["a short one does not", 3600, 3600],
  ["none outlives the CA", 20 * 365 * day, 3650 * day],
])("of certificates %s", async (_, seconds, expected) => {
  const { validTo, validFrom } = await sign(["client auth"], seconds);
  expect((Date.parse(validTo) - clock.now()) / 1000).toBe(expected);
  expect((Date.parse(validFrom) - clock.now()) / 1000).toBe(-300);
});

test("what is not right is refused", async () => {
  await expect(sign(["client auth", "flying"], day)).rejects.toThrow('unrecognized usage values: ["flying"]');
  await expect(authority.read("nonsense")).rejects.toThrow();
  const later = new FakeClock(clock.now() + 3651 * day * 1000);
  await expect(sign(["client auth"], day, certificateAuthority(ca, later))).rejects.toThrow("the signer has expired");
});
