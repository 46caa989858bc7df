import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { KeyPair, Pki } from "./types.ts";
import { writePrivateFile } from "./privateFile.ts";

export interface PkiOptions {
  dir: string;
  clock: Clock;
  /** Names and addresses by which clients reach the API server. */
  dnsNames: string[];
  ipAddresses: string[];
}

const renewBeforeMs = 30 * 86_400_000;

/** Loads the cluster's keys from `dir`, making what is missing and renewing what expires within 30 days. */
export async function openPki({ dir, clock, dnsNames, ipAddresses }: PkiOptions): Promise<Pki> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const pair = async (name: string, wanted: (cert: X509Certificate) => boolean, create: () => Promise<KeyPair>): Promise<KeyPair> => {
    const stored = readPair(dir, name);
    if (stored && wanted(new X509Certificate(stored.cert))) return stored;
    const made = await create();
    writePrivateFile(join(dir, `${name}.key`), made.key);
    writePrivateFile(join(dir, `${name}.crt`), made.cert);
    return made;
  };
  const fresh = (cert: X509Certificate) => Date.parse(cert.validTo) - clock.now() > renewBeforeMs;
  const ca = await pair("ca", fresh, async () => (await import("./certificates.ts")).createAuthority("kubernetes", clock));
  const ours = (cert: X509Certificate) => fresh(cert) && cert.verify(new X509Certificate(ca.cert).publicKey);
  const serves = (cert: X509Certificate) =>
    ours(cert) && ipAddresses.every((ip) => cert.checkIP(ip)) && dnsNames.every((name) => cert.checkHost(name));
  const serving = await pair("apiserver", serves, async () =>
    (await import("./certificates.ts")).issueCertificate(ca, { commonName: "kube-apiserver", usage: "server", dnsNames, ipAddresses }, clock),
  );
  const admin = await pair("admin", ours, async () =>
    (await import("./certificates.ts")).issueCertificate(
      ca,
      { commonName: "kubernetes-admin", organizations: ["system:masters"], usage: "client" },
      clock,
    ),
  );
  return { ca, serving, admin, serviceAccount: serviceAccountKeys(dir) };
}

function readPair(dir: string, name: string): KeyPair | undefined {
  const [cert, key] = [join(dir, `${name}.crt`), join(dir, `${name}.key`)];
  return existsSync(cert) && existsSync(key) ? { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") } : undefined;
}

/** An EC P-256 key: tokens are ES256. */
function serviceAccountKeys(dir: string): Pki["serviceAccount"] {
  const path = join(dir, "sa.key");
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writePrivateFile(path, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  }
  const key = readFileSync(path, "utf8");
  return { private: key, public: createPublicKey(key).export({ type: "spki", format: "pem" }).toString() };
}
