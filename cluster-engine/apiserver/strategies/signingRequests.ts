import { X509Certificate } from "node:crypto";
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from "../../../shared/kubernetes/types.ts";
import type { FieldError } from "../../api/fieldError.ts";
import { x509Library } from "../../pki/x509Library.ts";
import { pathSegmentName } from "./nameRules.ts";
import { validateObjectMeta, validateUpdatedMetadata } from "./objectMeta.ts";
import { Problems, sameValue } from "./problems.ts";
import { validateSignerName } from "./signerNames.ts";

const usages = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];
const decisions = ["Approved", "Denied"];
const finalTypes = ["Approved", "Denied", "Failed"];
const shortestDuration = 600;
const legacySigner = "kubernetes.io/legacy-unknown";

/** A new request; its signature is checked against its own public key. */
export async function validateSigningRequest(request: CertificateSigningRequest): Promise<FieldError[]> {
  const problems = new Problems();
  validateObjectMeta(request.metadata, false, pathSegmentName, "metadata", problems);
  const fault = await requestFault(request.spec.request);
  if (fault) problems.invalid("spec.request", request.spec.request, fault);
  validateSpec(request, problems);
  return problems.list;
}

function validateSpec({ spec }: CertificateSigningRequest, problems: Problems): void {
  if (!spec.usages?.length) problems.required("spec.usages");
  spec.usages?.forEach((usage, i) => {
    if (!usages.includes(usage)) problems.notSupported(`spec.usages[${i}]`, usage, usages);
  });
  spec.usages?.forEach((usage, i) => {
    if (spec.usages!.indexOf(usage) < i) problems.duplicate(`spec.usages[${i}]`, usage);
  });
  if (spec.signerName === legacySigner)
    problems.invalid("spec.signerName", spec.signerName, "the legacy signerName is not allowed via this API version");
  else validateSignerName(spec.signerName, "spec.signerName", problems);
  const { expirationSeconds: seconds } = spec;
  if (seconds !== undefined && seconds < shortestDuration)
    problems.invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)");
}

async function requestFault(encoded: string | undefined): Promise<string | undefined> {
  const text = Buffer.from(encoded ?? "", "base64").toString("latin1");
  const block = /-----BEGIN ([^-]+)-----[^-]*-----END \1-----/.exec(text);
  if (block?.[1] !== "CERTIFICATE REQUEST") return "PEM block type must be CERTIFICATE REQUEST";
  const x509 = await x509Library();
  try {
    return (await new x509.Pkcs10CertificateRequest(block[0]).verify()) ? undefined : "x509: signature check failed";
  } catch {
    return "asn1: structure error: not a certificate request";
  }
}

/** What an update goes through: the object itself may change little, `status` gives the certificate, `approval` decides. */
export type Door = "object" | "status" | "approval";

export function validateSigningRequestUpdate(request: CertificateSigningRequest, old: CertificateSigningRequest, door: Door): FieldError[] {
  const problems = new Problems();
  validateUpdatedMetadata(request, old, problems);
  validateConditions(request.status?.conditions ?? [], old.status?.conditions ?? [], problems);
  const { certificate } = request.status ?? {};
  if (!sameValue(certificate, old.status?.certificate)) {
    const fault = certificateFault(certificate);
    if (fault) problems.invalid("status.certificate", "<certificate data>", fault);
  }
  validateDecisions(request, old, door, problems);
  if ((certificate ?? "") !== (old.status?.certificate ?? "")) {
    if (door !== "status") problems.forbidden("status.certificate", "updates may not set certificate content");
    else if (old.status?.certificate) problems.forbidden("status.certificate", "updates may not modify existing certificate content");
  }
  return problems.list;
}

function validateConditions(conditions: CertificateSigningRequestCondition[], old: CertificateSigningRequestCondition[], problems: Problems): void {
  const types = conditions.map(({ type }) => type);
  const bothBefore = decisions.every((type) => old.some((condition) => condition.type === type));
  conditions.forEach(({ type, status }, i) => {
    const path = `status.conditions[${i}]`;
    if (!type) problems.required(`${path}.type`);
    const allowed = finalTypes.includes(type) ? ["True"] : ["False", "True", "Unknown"];
    if (!status) problems.required(`${path}.status`);
    else if (!allowed.includes(status)) problems.notSupported(`${path}.status`, status, allowed);
    const other = decisions.find((decision) => decision !== type);
    if (!bothBefore && decisions.includes(type) && types.slice(0, i).includes(other!))
      problems.invalid("status.conditions", type, "Approved and Denied conditions are mutually exclusive");
    if (types.indexOf(type) < i) problems.duplicate(`${path}.type`, type);
  });
}

/** Decisions stay, and only the approval subresource makes them. */
function validateDecisions(request: CertificateSigningRequest, old: CertificateSigningRequest, door: Door, problems: Problems): void {
  const ofType = (object: CertificateSigningRequest, type: string) =>
    (object.status?.conditions ?? []).filter((condition) => condition.type === type);
  const forbid = (detail: string): void => problems.forbidden("status.conditions", detail);
  for (const type of finalTypes)
    if (ofType(request, type).length < ofType(old, type).length) forbid(`updates may not remove a condition of type ${JSON.stringify(type)}`);
  if (door === "approval") return;
  for (const type of decisions) {
    const now = ofType(request, type);
    const before = ofType(old, type);
    if (now.length > before.length) forbid(`updates may not add a condition of type ${JSON.stringify(type)}`);
    else if (now.length === before.length && !sameValue(now, before)) forbid(`updates may not modify a condition of type ${JSON.stringify(type)}\n`);
  }
}

function certificateFault(encoded: string | undefined): string | undefined {
  if (!encoded) return undefined;
  const blocks = [
    ...Buffer.from(encoded, "base64")
      .toString("latin1")
      .matchAll(/-----BEGIN ([^-]+)-----[^-]*-----END \1-----/g),
  ];
  for (const [text, type] of blocks) {
    if (type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (text.includes(":")) return "no PEM block headers are permitted";
    try {
      new X509Certificate(text);
    } catch {
      return "x509: malformed certificate";
    }
  }
  return blocks.length > 0 ? undefined : "must contain at least one CERTIFICATE PEM block";
}
