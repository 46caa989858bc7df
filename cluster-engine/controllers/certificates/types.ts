import type { CertificateSigningRequest, CertificateSigningRequestCondition } from "../../../shared/kubernetes/types.ts";

/** What a request (PKCS #10) asks for. */
export interface RequestedSubject {
  commonName: string;
  organizations: string[];
  dnsNames: string[];
  ipAddresses: string[];
  emailAddresses: string[];
  uris: string[];
}

/** The cluster's certificate authority. Requests and certificates are PEM. */
export interface CertificateAuthority {
  /** @throws Error when it is no request, or not signed by its own key. */
  read(request: string): Promise<RequestedSubject>;
  /** @throws Error for usages that it does not know. */
  sign(request: string, options: { usages: string[]; seconds: number }): Promise<string>;
}

/** The request as PEM. */
export const requestOf = ({ spec }: CertificateSigningRequest): string => Buffer.from(spec.request, "base64").toString("latin1");

export const conditionOf = ({ status }: CertificateSigningRequest, type: string): CertificateSigningRequestCondition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);
