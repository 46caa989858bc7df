import { webcrypto } from "node:crypto";
import type { Extension } from "@peculiar/x509";
import type { Clock } from "../base/clock.ts";
import type { CertificateRequest, KeyPair } from "./types.ts";
import { x509Library } from "./x509Library.ts";

export const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;
const extendedUsage = { client: "1.3.6.1.5.5.7.3.2", server: "1.3.6.1.5.5.7.3.1" };

const x509 = await x509Library();
x509.cryptoProvider.set(webcrypto as unknown as Crypto);

/** Makes a self-signed CA, valid ten years. */
export async function createAuthority(commonName: string, clock: Clock): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    ...validity(clock, 3650),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: certificate.toString("pem") + "\n", key: await privatePem(keys.privateKey) };
}

/** Issues a certificate with a new key. Organizations become groups in Kubernetes. */
export async function issueCertificate(authority: KeyPair, request: CertificateRequest, clock: Clock): Promise<KeyPair> {
  const keys = await newKeys();
  const issuer = new x509.X509Certificate(authority.cert);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [...(request.organizations ?? []).map((name) => ({ O: [name] })), { CN: [request.commonName] }],
    issuer: issuer.subjectName,
    ...validity(clock, request.days ?? 365),
    publicKey: keys.publicKey,
    signingKey: await importPrivate(authority.key),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([extendedUsage[request.usage]]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...alternativeNames(request),
    ],
  });
  return { cert: certificate.toString("pem") + "\n", key: await privatePem(keys.privateKey) };
}

function alternativeNames({ dnsNames = [], ipAddresses = [] }: CertificateRequest): Extension[] {
  if (dnsNames.length + ipAddresses.length === 0) return [];
  const names = [...dnsNames.map((value) => ({ type: "dns" as const, value })), ...ipAddresses.map((value) => ({ type: "ip" as const, value }))];
  return [new x509.SubjectAlternativeNameExtension(names)];
}

/** Starts five minutes back, for clocks that differ. */
function validity(clock: Clock, days: number) {
  return { notBefore: new Date(clock.now() - 300_000), notAfter: new Date(clock.now() + days * dayMs) };
}

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as unknown as Promise<CryptoKeyPair>;

export const serialNumber = (): string => "00" + Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString("hex");

async function privatePem(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key as unknown as webcrypto.CryptoKey), "PRIVATE KEY") + "\n";
}

export function importPrivate(pem: string): Promise<CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), algorithm, false, ["sign"]) as unknown as Promise<CryptoKey>;
}
