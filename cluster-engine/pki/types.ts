/** PEM. */
export interface KeyPair {
  cert: string;
  key: string;
}

export interface CertificateRequest {
  commonName: string;
  organizations?: string[];
  usage: "client" | "server";
  dnsNames?: string[];
  ipAddresses?: string[];
  days?: number;
}

/** All keys of a cluster. Files have mode 0600. */
export interface Pki {
  /** Signs serving and client certificates. */
  ca: KeyPair;
  serving: KeyPair;
  admin: KeyPair;
  /** PEM keys that sign and check ServiceAccount tokens. */
  serviceAccount: { private: string; public: string };
}

/** What a PKCS #10 request asks for. */
export interface RequestedSubject {
  commonName: string;
  organizations: string[];
  dnsNames: string[];
  ipAddresses: string[];
  emailAddresses: string[];
  uris: string[];
}

/** Signs requests of others with the cluster's CA. Requests and certificates are PEM. */
export interface CertificateAuthority {
  /** @throws Error when it is no request, or not signed by its own key. */
  read(request: string): Promise<RequestedSubject>;
  /**
   * A certificate for what the request asks for.
   * @param usages as Kubernetes names them: `digital signature`, `client auth`. @throws Error for others.
   */
  sign(request: string, options: { usages: string[]; seconds: number }): Promise<string>;
}
