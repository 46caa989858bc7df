import { createHash } from "node:crypto";
import { RuntimeError, type ImageAuth, type ImageStatus } from "../types.ts";

/** Images that exist somewhere, those pulled, and what stands in the way. */
export class ImageStore {
  readonly #pulled = new Map<string, ImageStatus>();
  readonly #refusals = new Map<string, RuntimeError>();
  readonly #passwords = new Map<string, { username: string; password: string }>();
  readonly #users = new Map<string, string>();

  /** Every pull of `image` fails so, until `error` is undefined. */
  refuse(image: string, error: RuntimeError | undefined): void {
    if (error) this.#refusals.set(image, error);
    else this.#refusals.delete(image);
  }

  /** Pulls of `image` need these credentials. */
  protect(image: string, credentials: { username: string; password: string }): void {
    this.#passwords.set(image, credentials);
  }

  /** The user that the image's own configuration names. */
  setUser(image: string, user: string): void {
    this.#users.set(image, user);
  }

  pull(image: string, auth?: ImageAuth): string {
    const refusal = this.#refusals.get(image) ?? refusalOf(image);
    if (refusal) throw refusal;
    const wanted = this.#passwords.get(image);
    if (wanted && (auth?.username !== wanted.username || auth.password !== wanted.password)) {
      throw new RuntimeError("RegistryAuth", `pull access denied for ${image}: authentication required`);
    }
    const status = this.#describe(image);
    this.#pulled.set(image, status);
    return status.id;
  }

  status(image: string): ImageStatus | undefined {
    return this.#pulled.get(image) ?? [...this.#pulled.values()].find((candidate) => candidate.id === image);
  }

  list(): ImageStatus[] {
    return [...this.#pulled.values()];
  }

  remove(image: string): void {
    const status = this.status(image);
    for (const [name, candidate] of this.#pulled) if (candidate === status) this.#pulled.delete(name);
  }

  #describe(image: string): ImageStatus {
    const digest = createHash("sha256").update(image).digest("hex");
    const user = this.#users.get(image);
    return {
      id: `sha256:${digest}`,
      repoTags: [/:[^/]*$/.test(image) ? image : `${image}:latest`],
      repoDigests: [],
      size: 1_000_000 + (Number.parseInt(digest.slice(0, 6), 16) % 100_000_000),
      ...(user ? { user } : {}),
      architecture: "amd64",
      exposedPorts: [],
    };
  }
}

/** Every image exists but those of a registry called `invalid`, and those whose tag says that they don't. */
function refusalOf(image: string): RuntimeError | undefined {
  const [host = ""] = image.split("/");
  if (/(^|\.)invalid(\.|:|$)/.test(host) && image.includes("/")) return new RuntimeError("ImagePull", `dial tcp: lookup ${host}: no such host`);
  if (/:(404|non-?existent)$/.test(image)) return new RuntimeError("ImageNotFound", `manifest for ${image} not found: manifest unknown`);
  return undefined;
}
