import Docker from "dockerode";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import { build as bundle } from "vite";
import { agentVersion } from "../agentProtocol.ts";

// Builds the system image through the engine's API.
// usage: build.ts [--base IMAGE] [--save FILE.tar.gz]

const imageName = `wherry/system:${agentVersion}`;
/** Made here from the distribution's packages; a machine without mmdebstrap takes the published image. */
const localBase = "wherry/debian:12";
const publishedBase = "debian:12-slim";
const sourceLabel = "dev.wherry.source";
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const sources = ["Dockerfile", "collect.sh", "pause.c"];

const docker = new Docker();

/** Builds the image unless the present one was built from the same sources. */
async function ensureImage(base: string | undefined): Promise<void> {
  const files = new Map(sources.map((name) => [name, readFileSync(at(name), "utf8")]));
  files.set("agent.mjs", await bundledAgent());
  const hash = createHash("sha256")
    .update(JSON.stringify([...files]))
    .digest("hex")
    .slice(0, 16);
  if ((await labelsOf(imageName))?.[sourceLabel] === hash) return;
  const context = pack();
  for (const [name, content] of files) context.entry({ name }, content);
  context.finalize();
  const BASE = base ?? (await ensureBase());
  const output = await docker.buildImage(context as unknown as NodeJS.ReadableStream, {
    t: imageName,
    buildargs: { BASE },
    labels: { [sourceLabel]: hash },
  });
  await finished(output);
}

/** The agent and what it imports as one script. */
async function bundledAgent(): Promise<string> {
  const result = await bundle({
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: true },
    build: {
      ssr: at("../agent/main.ts"),
      write: false,
      target: "node18",
      minify: true,
      rolldownOptions: { output: { format: "es", codeSplitting: false } },
    },
  });
  const outputs = "output" in result ? result.output : [];
  const script = outputs[0];
  if (script?.type !== "chunk" || outputs.length !== 1) throw new Error("the agent did not become one script");
  return script.code;
}

async function labelsOf(image: string): Promise<Record<string, string> | undefined> {
  try {
    return (await docker.getImage(image).inspect()).Config.Labels;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

/** A small system of the distribution, made on this machine when there is none yet. */
export async function ensureBase(): Promise<string> {
  if (await imageExists(localBase)) return localBase;
  if (spawnSync("mmdebstrap", ["--version"]).status !== 0) {
    await finished(await docker.pull(publishedBase));
    return publishedBase;
  }
  const folder = mkdtempSync(join(tmpdir(), "wherry-base-"));
  try {
    const archive = join(folder, "base.tar");
    // The package caches are 80 MB that no image needs.
    const options = ["--variant=apt", "--include=usr-is-merged", '--aptopt=Dir::Cache::pkgcache ""', '--aptopt=Dir::Cache::srcpkgcache ""'];
    const { status, stderr } = spawnSync("mmdebstrap", [...options, "bookworm", archive], { encoding: "utf8" });
    if (status !== 0) throw new Error(`mmdebstrap failed: ${stderr.slice(-2000)}`);
    const [repo, tag] = localBase.split(":");
    await finished(await docker.importImage(createReadStream(archive), { repo, tag }));
    return localBase;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const imageExists = async (image: string): Promise<boolean> =>
  (await labelsOf(image)) !== undefined || (await docker.listImages({ filters: { reference: [image] } })).length > 0;

/** Reads the engine's progress to its end. @throws Error with the output when it fails. */
async function finished(output: NodeJS.ReadableStream): Promise<void> {
  const text: string[] = [];
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      output,
      (error: Error | null) => (error ? reject(new Error(`${error.message}\n${text.join("").slice(-2000)}`)) : resolve()),
      (event: { stream?: string; error?: string }) => text.push(event.stream ?? event.error ?? ""),
    );
  });
}

async function save(file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  await pipeline(await docker.getImage(imageName).get(), createGzip({ level: 9 }), createWriteStream(file));
}

/** Builds the image when it is absent or older than its sources, and saves it when `file` does not have it yet. */
export async function buildSystemImage({ base, file }: { base?: string; file?: string } = {}): Promise<void> {
  await ensureImage(base);
  if (file && !existsSync(file)) await save(file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { base: { type: "string" }, save: { type: "string" } } });
  if (values.save) rmSync(values.save, { force: true });
  await buildSystemImage({ base: values.base, file: values.save });
  console.log(imageName);
}
