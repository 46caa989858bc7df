import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "./machine.ts";

/** Images of the lecture, built from distribution packages, in build order. */
const images = [
  { folder: "hello-node", tag: "hello-minikube-zero-install/hello-node:v1" },
  { folder: "redis", tag: "redis:e2e" },
  { folder: "gb-redisslave", tag: "google_samples/gb-redisslave:v3" },
  { folder: "gb-frontend", tag: "google-samples/gb-frontend:v4" },
  { folder: "busybox", tag: "busybox:1.36" },
];

const base = "wherry/debian:12";
const label = "dev.wherry.test.source";
/** The distribution's client: a newer one on PATH may want buildx. */
const docker = (args: string[]) => run("/usr/bin/docker", args, { env: { ...process.env, DOCKER_BUILDKIT: "0" } });

/** Builds the images that are absent or older than their sources. `base` must be there. */
export function ensureImages(): void {
  for (const { folder, tag } of images) {
    const path = fileURLToPath(new URL(`images/${folder}`, import.meta.url));
    const hash = sourceHash(path);
    if (builtFrom(tag) === hash) continue;
    console.error(`set-up: building ${tag}`);
    docker(["build", "-q", "--build-arg", `BASE=${base}`, "--label", `${label}=${hash}`, "-t", tag, path]);
  }
}

function builtFrom(tag: string): string | undefined {
  try {
    return docker(["image", "inspect", "-f", `{{index .Config.Labels "${label}"}}`, tag]).trim();
  } catch {
    return undefined;
  }
}

function sourceHash(path: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(path).sort()) hash.update(name).update(readFileSync(`${path}/${name}`));
  return hash.digest("hex").slice(0, 16);
}
