import type { Pkcs10CertificateRequest } from "@peculiar/x509";
import type { Clock } from "../base/clock.ts";
import type { CertificateAuthority, KeyPair, RequestedSubject } from "./types.ts";
import { x509Library } from "./x509Library.ts";

/** Bits of the key usage extension (RFC 5280, 4.2.1.3). */
const keyUsages: Record<string, number> = {
  signing: 1,
  "digital signature": 1,
  "content commitment": 2,
  "key encipherment": 4,
  "data encipherment": 8,
  "key agreement": 16,
  "cert sign": 32,
  "crl sign": 64,
  "encipher only": 128,
  "decipher only": 256,
};

const extendedKeyUsages: Record<string, string> = {
  any: "2.5.29.37.0",
  "server auth": "1.3.6.1.5.5.7.3.1",
  "client auth": "1.3.6.1.5.5.7.3.2",
  "code signing": "1.3.6.1.5.5.7.3.3",
  "email protection": "1.3.6.1.5.5.7.3.4",
  "s/mime": "1.3.6.1.5.5.7.3.4",
  "ipsec end system": "1.3.6.1.5.5.7.3.5",
  "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
  "ipsec user": "1.3.6.1.5.5.7.3.7",
  timestamping: "1.3.6.1.5.5.7.3.8",
  "ocsp signing": "1.3.6.1.5.5.7.3.9",
  "microsoft sgc": "1.3.6.1.4.1.311.10.3.3",
  "netscape sgc": "2.16.840.1.113730.4.1",
};

const subjectAlternativeName = "2.5.29.17";

// ms. Certificates start a little back, for clocks that differ; short ones are not shortened by it.
const backdate = 300_000;
const short = 8 * 3_600_000;

/** Signs requests with `ca`, as kube-controller-manager's signers do. The X.509 library is loaded at the first request. */
export function certificateAuthority(ca: KeyPair, clock: Clock): CertificateAuthority {
  return {
    read: async (request) => subjectOf(await readRequest(request)),
    async sign(request, { usages, seconds }) {
      const [x509, own] = await Promise.all([x509Library(), import("./certificates.ts")]);
      const parsed = await readRequest(request);
      const issuer = new x509.X509Certificate(ca.cert);
      const names = parsed.extensions.filter(({ type }) => type === subjectAlternativeName);
      const bits = usageBits(usages);
      const extended = extendedUsages(usages);
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: own.serialNumber(),
        subject: parsed.subjectName.toJSON(),
        issuer: issuer.subjectName,
        ...validity(clock.now(), seconds * 1000, issuer.notAfter.getTime()),
        publicKey: parsed.publicKey,
        signingKey: await own.importPrivate(ca.key),
        signingAlgorithm: own.algorithm,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          // An extension without a bit would make the certificate unreadable.
          ...(bits > 0 ? [new x509.KeyUsagesExtension(bits, true)] : []),
          ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
          await x509.AuthorityKeyIdentifierExtension.create(issuer),
          ...names.map(({ value, critical }) => new x509.Extension(subjectAlternativeName, critical, value)),
        ],
      });
      return certificate.toString("pem") + "\n";
    },
  };
}

async function readRequest(pem: string): Promise<Pkcs10CertificateRequest> {
  const x509 = await x509Library();
  const request = new x509.Pkcs10CertificateRequest(pem);
  if (!(await request.verify())) throw new Error("unable to verify certificate request signature");
  return request;
}

async function subjectOf(request: Pkcs10CertificateRequest): Promise<RequestedSubject> {
  const x509 = await x509Library();
  const extension = request.extensions.find(({ type }) => type === subjectAlternativeName);
  const names = extension ? new x509.SubjectAlternativeNameExtension(extension.rawData).names.items : [];
  const ofType = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value);
  return {
    commonName: request.subjectName.getField("CN")[0] ?? "",
    organizations: request.subjectName.getField("O"),
    dnsNames: ofType("dns"),
    ipAddresses: ofType("ip"),
    emailAddresses: ofType("email"),
    uris: ofType("url"),
  };
}

/** Never longer than the CA itself. @throws Error when that has ended. */
function validity(now: number, lifetime: number, caEnd: number): { notBefore: Date; notAfter: Date } {
  if (now >= caEnd) throw new Error(`the signer has expired: NotAfter=${new Date(caEnd).toISOString()}`);
  const end = now + (lifetime < short ? lifetime : lifetime - backdate);
  return { notBefore: new Date(now - backdate), notAfter: new Date(Math.min(end, caEnd)) };
}

function usageBits(usages: string[]): number {
  const unknown = usages.filter((usage) => !(usage in keyUsages) && !(usage in extendedKeyUsages));
  if (unknown.length > 0) throw new Error(`unrecognized usage values: [${unknown.map((usage) => JSON.stringify(usage)).join(" ")}]`);
  return usages.reduce((bits, usage) => bits | (keyUsages[usage] ?? 0), 0);
}

const extendedUsages = (usages: string[]): string[] => [...new Set(usages.flatMap((usage) => extendedKeyUsages[usage] ?? []))];
