import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";

interface VerificationKey {
  id: string;
  key: KeyObject;
  algorithm: "RS256" | "ES256";
}

/** Keys of JSON Web Tokens: one signs, all check (RS256 and ES256). */
export class JwtKeys {
  readonly #signing: { key: KeyObject; id: string; algorithm: VerificationKey["algorithm"] };
  readonly #keys: VerificationKey[];
  /** Claims of tokens whose signatures were found good. */
  readonly #verified = new Map<string, unknown>();

  /** Keys are PEM. */
  constructor(keys: { signing: string; verify: string[] }) {
    const key = createPrivateKey(keys.signing);
    const own = verificationKey(createPublicKey(key));
    this.#signing = { key, id: own.id, algorithm: own.algorithm };
    const others = keys.verify.map((pem) => verificationKey(createPublicKey(pem)));
    this.#keys = [own, ...others.filter((other) => other.id !== own.id)];
  }

  sign(payload: object): string {
    const head = `${encode({ alg: this.#signing.algorithm, kid: this.#signing.id })}.${encode(payload)}`;
    const mark = sign("sha256", Buffer.from(head), { key: this.#signing.key, dsaEncoding: "ieee-p1363" });
    return `${head}.${mark.toString("base64url")}`;
  }

  /** The claims of a token that one of the keys has signed; undefined for any other text. */
  claims<T>(token: string): T | undefined {
    const known = this.#verified.get(token);
    if (known) return known as T;
    const claims = this.#verify<T>(token);
    if (!claims) return undefined;
    if (this.#verified.size >= 1000) this.#verified.delete(this.#verified.keys().next().value!);
    this.#verified.set(token, claims);
    return claims;
  }

  /** The public keys as a JSON Web Key Set. */
  keySet(): object {
    return { keys: this.#keys.map(({ key, id, algorithm }) => ({ use: "sig", ...key.export({ format: "jwk" }), kid: id, alg: algorithm })) };
  }

  get algorithms(): string[] {
    return [...new Set(this.#keys.map((key) => key.algorithm))];
  }

  #verify<T>(token: string): T | undefined {
    const [head = "", payload = "", mark = "", ...more] = token.split(".");
    if (!head || !payload || !mark || more.length) return undefined;
    const header = decode<{ kid?: string; alg?: string }>(head);
    const signed = Buffer.from(`${head}.${payload}`);
    const good = this.#keys.some(
      (candidate) =>
        candidate.algorithm === header?.alg &&
        verify("sha256", signed, { key: candidate.key, dsaEncoding: "ieee-p1363" }, Buffer.from(mark, "base64url")),
    );
    return good ? decode<T>(payload) : undefined;
  }
}

function verificationKey(key: KeyObject): VerificationKey {
  const id = createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("base64url");
  return { id, key, algorithm: key.asymmetricKeyType === "ec" ? "ES256" : "RS256" };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function decode<T>(text: string): T | undefined {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString()) as T;
  } catch {
    return undefined;
  }
}
