import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { focusOn, type Spec } from "./specs.ts";

const version = "v1.36.3";
const peers = join(homedir(), ".cache/kubernetes-peers/bin");

/** Where the official suite is: named in WHERRY_E2E_TEST, found in a cache, or built from its Go module. @throws Error that says what is missing. */
export function findSuite(): string {
  const named = process.env["WHERRY_E2E_TEST"];
  if (named && !existsSync(named)) throw new Error(`WHERRY_E2E_TEST names ${named}, which does not exist`);
  const built = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), `wherry/e2e.test-${version}`);
  return [named, join(peers, "e2e.test"), built].find((path) => path && existsSync(path)) ?? build(built);
}

function build(path: string): string {
  if (spawnSync("go", ["version"]).status !== 0)
    throw new Error(`the official conformance suite is missing: name an e2e.test of ${version} in WHERRY_E2E_TEST, or install Go to have it built`);
  console.error(`building the official conformance suite ${version}: this takes some minutes`);
  mkdirSync(dirname(path), { recursive: true });
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=mod -buildvcs=false" };
  const found = spawnSync("go", ["mod", "download", "-json", `k8s.io/kubernetes@${version}`], { encoding: "utf8", env });
  if (found.status !== 0) throw new Error(`the Go module of the conformance suite can't be had: ${found.stdout}${found.stderr}`);
  const { Dir: module } = JSON.parse(found.stdout) as { Dir: string };
  const flags = ["-s -w", `-X k8s.io/component-base/version.gitVersion=${version}`].join(" ");
  const { status } = spawnSync("go", ["test", "-c", "-vet=off", "-trimpath", "-ldflags", flags, "-o", path, "./test/e2e"], {
    cwd: module,
    env: { ...env, GOFLAGS: "-mod=readonly -buildvcs=false" },
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("the conformance suite does not build: see above");
  return path;
}

/** How a spec went. */
export interface Outcome {
  spec: Spec;
  state: "passed" | "failed" | "not run";
  seconds: number;
  /** The first line that says why it failed. */
  reason: string;
}

export interface Run {
  suite: string;
  kubectl: string;
  kubeconfig: string;
  specs: Spec[];
  /** Takes `e2e.log` and `report.json`. */
  folder: string;
}

/** Runs the specs, one after another, in one process of the suite; a dot for each. */
export async function runSuite({ suite, kubectl, kubeconfig, specs, folder }: Run): Promise<Outcome[]> {
  const report = join(folder, "report.json");
  const args = {
    kubeconfig,
    provider: "skeleton",
    "num-nodes": 2,
    "kubectl-path": kubectl,
    "dump-logs-on-failure": false,
    "disable-log-dump": true,
    "ginkgo.no-color": true,
    "ginkgo.silence-skips": true,
    "ginkgo.timeout": "4h",
    "ginkgo.json-report": report,
    "ginkgo.focus": focusOn(specs),
  };
  const child = spawn(
    suite,
    Object.entries(args).map(([name, value]) => `-${name}=${value}`),
    { stdio: ["ignore", "pipe", "pipe"], cwd: folder },
  );
  const log = createWriteStream(join(folder, "e2e.log"));
  child.stdout.on("data", (chunk: Buffer) => {
    process.stdout.write(chunk.toString().replace(/[^•]/g, ""));
    log.write(chunk);
  });
  child.stderr.pipe(log, { end: false });
  const interrupt = () => child.kill("SIGINT");
  process.once("SIGINT", interrupt);
  await new Promise((resolve) => child.once("close", resolve));
  process.off("SIGINT", interrupt);
  log.end();
  if (!existsSync(report)) throw new Error(`the suite ended without a report: see ${join(folder, "e2e.log")}`);
  return outcomes(specs, report);
}

interface GinkgoSpec {
  ContainerHierarchyTexts?: string[];
  LeafNodeText: string;
  State: string;
  /** ns */
  RunTime: number;
  Failure?: { Message?: string };
}

function outcomes(specs: Spec[], report: string): Outcome[] {
  const [suite] = JSON.parse(readFileSync(report, "utf8")) as { SpecReports: GinkgoSpec[] }[];
  const byName = new Map(suite!.SpecReports.map((spec) => [[...(spec.ContainerHierarchyTexts ?? []), spec.LeafNodeText].join(" "), spec]));
  return specs.map((spec): Outcome => {
    const found = byName.get(spec.name);
    if (!found || found.State === "skipped") return { spec, state: "not run", seconds: 0, reason: firstLine(found) };
    return { spec, state: found.State === "passed" ? "passed" : "failed", seconds: found.RunTime / 1e9, reason: firstLine(found) };
  });
}

const firstLine = (spec: GinkgoSpec | undefined): string => (spec?.Failure?.Message ?? "").split("\n").find((line) => line.trim()) ?? "";
