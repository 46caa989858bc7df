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
