import type { Readable } from "node:stream";
import { RuntimeError, type ImageAuth, type ImageStatus } from "../types.ts";
import type { DockerContext } from "./engineTypes.ts";
import { isCode, pullError } from "./errors.ts";

interface EngineImage {
  Id: string;
  RepoTags: string[] | null;
  RepoDigests: string[] | null;
  Size: number;
  Architecture?: string;
  Config?: { User?: string; ExposedPorts?: Record<string, unknown> } | null;
}

/** A pull without progress for so long has failed, as with the kubelet's image-pull-progress-deadline. */
const progressDeadlineMs = 60_000;

export async function imageStatus(context: DockerContext, image: string): Promise<ImageStatus | undefined> {
  return (await inspectImage(context, image)) ?? (hasNoRegistry(image) ? inspectImage(context, `localhost/${image}`) : undefined);
}

/** Podman keeps images that were loaded or built under short names as `localhost/…`, and does not look there by itself. */
const hasNoRegistry = (image: string): boolean => !image.startsWith("sha256:") && !/^(localhost|[^/]*[.:][^/]*)\//.test(image);

async function inspectImage(context: DockerContext, image: string): Promise<ImageStatus | undefined> {
  try {
    return toStatus(await context.client.call<EngineImage>({ path: `/images/${image}/json` }));
  } catch (error) {
    if (isCode(error, "ImageNotFound", "NotFound")) return undefined;
    throw error;
  }
}

export async function listImages(context: DockerContext): Promise<ImageStatus[]> {
  const images = await context.client.call<EngineImage[]>({ path: "/images/json" });
  return images.map(toStatus);
}

function toStatus(image: EngineImage): ImageStatus {
  // Podman writes out the registry that Docker leaves out.
  const named = (names: string[] | null) =>
    (names ?? []).filter((name) => !name.startsWith("<none>")).map((name) => name.replace(/^docker\.io\/(library\/)?/, ""));
  return {
    id: image.Id.startsWith("sha256:") ? image.Id : `sha256:${image.Id}`,
    repoTags: named(image.RepoTags),
    repoDigests: named(image.RepoDigests),
    size: image.Size,
    ...(image.Config?.User ? { user: image.Config.User } : {}),
    architecture: image.Architecture ?? "",
    exposedPorts: Object.keys(image.Config?.ExposedPorts ?? {}),
  };
}

/** Pulls and returns the image's id. @throws RuntimeError RegistryAuth, ImageNotFound or ImagePull, with the registry's words. */
export async function pullImage(context: DockerContext, image: string, auth?: ImageAuth): Promise<string> {
  const stalled = new AbortController();
  const watchdog = progressWatchdog(context, image, stalled);
  try {
    const { repository, tag } = splitReference(image);
    const stream = await context.client.stream({
      method: "POST",
      path: "/images/create",
      query: { fromImage: repository, tag },
      headers: auth ? { "x-registry-auth": encodeAuth(auth) } : {},
      timeoutMs: progressDeadlineMs,
      signal: stalled.signal,
    });
    for await (const line of jsonLines(stream)) {
      watchdog.progress();
      if (line.error) throw pullError(line.error);
    }
  } catch (error) {
    if (stalled.signal.aborted) throw stalled.signal.reason;
    if (error instanceof RuntimeError && !isCode(error, "Unavailable", "DeadlineExceeded")) throw pullError(error.message);
    throw error;
  } finally {
    watchdog.stop();
  }
  const status = await imageStatus(context, image);
  if (!status) throw new RuntimeError("ImagePull", `image ${JSON.stringify(image)} is absent after its pull`);
  return status.id;
}

/** Adds the images of an archive as `docker save` writes it. */
export async function loadImage(context: DockerContext, archive: Readable): Promise<void> {
  const stream = await context.client.stream({
    method: "POST",
    path: "/images/load",
    query: { quiet: true },
    upload: archive,
    headers: { "content-type": "application/x-tar" },
    timeoutMs: 300_000,
  });
  let answer = "";
  for await (const chunk of stream) answer += (chunk as Buffer).toString("utf8");
  const failure = /"error":"([^"]*)"/.exec(answer);
  if (failure) throw new RuntimeError("Unknown", `loading images: ${failure[1]}`);
}

function progressWatchdog(context: DockerContext, image: string, stalled: AbortController) {
  const arm = () =>
    context.clock.after(progressDeadlineMs, () =>
      stalled.abort(new RuntimeError("DeadlineExceeded", `pulling ${JSON.stringify(image)}: no progress within ${progressDeadlineMs / 1000}s`)),
    );
  let timer = arm();
  return {
    progress() {
      timer[Symbol.dispose]();
      timer = arm();
    },
    stop: () => timer[Symbol.dispose](),
  };
}

async function* jsonLines(source: AsyncIterable<Buffer>): AsyncGenerator<{ error?: string }> {
  let rest = "";
  for await (const chunk of source) {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.trim()) yield JSON.parse(line) as { error?: string };
  }
  if (rest.trim()) yield JSON.parse(rest) as { error?: string };
}

/** `tag` is a tag or a digest, as the engine takes both there. */
export function splitReference(image: string): { repository: string; tag: string } {
  const at = image.indexOf("@");
  if (at >= 0) {
    const name = image.slice(0, at);
    return { repository: withoutTag(name), tag: image.slice(at + 1) };
  }
  const repository = withoutTag(image);
  return { repository, tag: image.slice(repository.length + 1) || "latest" };
}

function withoutTag(name: string): string {
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/") ? name.slice(0, colon) : name;
}

/** URL-safe base64 with padding: without it older engines silently pull with no login. */
const encodeAuth = (auth: ImageAuth): string =>
  Buffer.from(
    JSON.stringify({ username: auth.username, password: auth.password, serveraddress: auth.serverAddress, identitytoken: auth.identityToken }),
  )
    .toString("base64")
    .replaceAll("+", "-")
    .replaceAll("/", "_");
