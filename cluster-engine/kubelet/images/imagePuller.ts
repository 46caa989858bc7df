import type { Container, Pod } from "../../../shared/kubernetes/types.ts";
import { RuntimeError, type ImageAuth, type ImageStatus } from "../../runtime/types.ts";
import { RestartBackoff } from "../pods/backoff.ts";
import { containerFieldPath } from "../pods/podNames.ts";
import type { KubeletContext } from "../types.ts";
import { credentialsFor, type ImageCredentials } from "./imageCredentials.ts";

/** Why a container waits for its image: `ErrImagePull`, `ImagePullBackOff`, `ErrImageNeverPull`, `InvalidImageName`, `ImageInspectError`. */
export class ImageError extends Error {
  readonly reason: string;
  /** When to try again, ms since the epoch. */
  readonly retryAt: number | undefined;

  constructor(reason: string, message: string, retryAt?: number) {
    super(message);
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

const referencePattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+|\/)[a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@[a-z0-9]+:[a-f0-9]{32,})?$/;

/** With a tag or digest, as registries want it. */
const withTag = (image: string): string => (image.includes("@") || image.lastIndexOf(":") > image.lastIndexOf("/") ? image : `${image}:latest`);

/** Makes images present by each container's pull policy, a few at a time, with the kubelet's events and back-off. */
export class ImagePuller {
  readonly #context: KubeletContext;
  readonly #backoff: RestartBackoff;
  readonly #lastFailure = new Map<string, string>();
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(context: KubeletContext, maxParallel: number) {
    this.#context = context;
    this.#backoff = new RestartBackoff(context.clock);
    this.#free = maxParallel;
  }

  /** The image, present. @throws ImageError */
  async ensure(pod: Pod, container: Container, credentials: () => Promise<ImageCredentials>): Promise<ImageStatus> {
    const name = container.image ?? "";
    if (!referencePattern.test(name)) {
      const message = `Failed to apply default image tag "${name}": couldn't parse image name "${name}": invalid reference format`;
      throw this.#report(pod, container, "Warning", "InspectFailed", message, new ImageError("InvalidImageName", message));
    }
    const image = withTag(name);
    const policy = container.imagePullPolicy ?? (image.endsWith(":latest") ? "Always" : "IfNotPresent");
    const present = policy === "Always" ? undefined : await this.#inspect(pod, container, image);
    if (present) {
      this.#event(pod, container, "Normal", "Pulled", `Container image "${name}" already present on machine and can be accessed by the pod`);
      return present;
    }
    if (policy === "Never") {
      const message = `Container image "${name}" is not present with pull policy of Never`;
      throw this.#report(pod, container, "Warning", "ErrImageNeverPull", message, new ImageError("ErrImageNeverPull", message));
    }
    return this.#pull(pod, container, image, await credentials());
  }

  /** Drops what is remembered of a pod that is gone. */
  forget(podUid: string): void {
    this.#backoff.forget(podUid);
    for (const key of this.#lastFailure.keys()) if (key.startsWith(podUid)) this.#lastFailure.delete(key);
  }

  async #inspect(pod: Pod, container: Container, image: string): Promise<ImageStatus | undefined> {
    try {
      return await this.#context.runtime.imageStatus(image);
    } catch (error) {
      const message = `Failed to inspect image "${image}": ${(error as Error).message}`;
      throw this.#report(pod, container, "Warning", "InspectFailed", message, new ImageError("ImageInspectError", message));
    }
  }

  async #pull(pod: Pod, container: Container, image: string, credentials: ImageCredentials): Promise<ImageStatus> {
    const name = container.image!;
    const key = `${pod.metadata.uid}_${name}`;
    const updated = this.#backoff.updatedAt(key);
    const retryAt = updated === undefined ? undefined : this.#backoff.until(key, updated);
    if (retryAt !== undefined) {
      const message = `Back-off pulling image "${name}"`;
      this.#event(pod, container, "Normal", "BackOff", message);
      const last = this.#lastFailure.get(key);
      throw new ImageError("ImagePullBackOff", last ? `${message}: ${last}` : message, retryAt);
    }
    const { clock } = this.#context;
    const asked = clock.monotonic();
    this.#event(pod, container, "Normal", "Pulling", `Pulling image "${name}"`);
    await this.#turn();
    const began = clock.monotonic();
    try {
      const status = await this.#pullWithEach(image, credentialsFor(credentials, image));
      const ended = clock.monotonic();
      this.#event(
        pod,
        container,
        "Normal",
        "Pulled",
        `Successfully pulled image "${name}" in ${seconds(ended - began)} (${seconds(ended - asked)} including waiting). Image size: ${status.size} bytes.`,
      );
      this.#lastFailure.delete(key);
      return status;
    } catch (error) {
      const { message } = error as Error;
      this.#event(pod, container, "Warning", "Failed", `Failed to pull image "${name}": ${message}`);
      this.#backoff.next(key, clock.now());
      this.#lastFailure.set(key, `ErrImagePull: ${message}`);
      throw new ImageError("ErrImagePull", message, clock.now() + this.#backoff.delay(key));
    } finally {
      this.#release();
    }
  }

  /** Each set of credentials in turn; none at all when there is none. */
  async #pullWithEach(image: string, auths: ImageAuth[]): Promise<ImageStatus> {
    const { runtime } = this.#context;
    let failure: unknown;
    for (const auth of auths.length ? auths : [undefined]) {
      try {
        await runtime.pullImage(image, auth);
        const status = await runtime.imageStatus(image);
        if (!status) throw new RuntimeError("ImagePull", `image "${image}" is absent after its pull`);
        return status;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async #turn(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }

  #event(pod: Pod, container: Container, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.recorder.event(pod, type, reason, message, { fieldPath: containerFieldPath(pod, container.name) });
  }

  #report(pod: Pod, container: Container, type: "Normal" | "Warning", reason: string, message: string, error: ImageError): ImageError {
    this.#event(pod, container, type, reason, message);
    return error;
  }
}

/** As Go prints a duration of whole milliseconds. */
const seconds = (ms: number): string => (ms < 1000 ? `${Math.round(ms)}ms` : `${Number((ms / 1000).toFixed(3))}s`);
