import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * What a spec needs: `A` the API alone, `B` controllers too, `C` scheduler and pods that need not really run, `R` containers,
 * `R-net` a pod network, `R-vol` volumes.
 */
export const specClasses = ["A", "B", "C", "R", "R-net", "R-vol"] as const;
export type SpecClass = (typeof specClasses)[number];

/** One conformance spec of Kubernetes 1.36. */
export interface Spec {
  class: SpecClass;
  /** All its texts, as ginkgo joins them. */
  name: string;
  mustPass: boolean;
  /** About how long it takes. */
  seconds: number;
}

/** All conformance specs, in the order of their classes. */
export function readSpecs(): Spec[] {
  const mustPass = new Set(lines("mustPass.txt").filter((line) => !line.startsWith("#")));
  const specs = lines("specs.tsv").map((line): Spec => {
    const [specClass = "", name = "", , seconds] = line.split("\t");
    return { class: specClass as SpecClass, name, mustPass: mustPass.has(name), seconds: Number(seconds) };
  });
  const known = new Set(specs.map(({ name }) => name));
  const unknown = [...mustPass].filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`mustPass.txt names what is no conformance spec: ${unknown.join(", ")}`);
  return specs;
}

/** Deals the specs out so that all parts take about as long. */
export function parts(specs: Spec[], count: number): Spec[][] {
  const dealt = Array.from({ length: count }, () => ({ seconds: 0, specs: [] as Spec[] }));
  for (const spec of specs.toSorted((a, b) => b.seconds - a.seconds)) {
    const least = dealt.reduce((a, b) => (b.seconds < a.seconds ? b : a));
    least.seconds += spec.seconds;
    least.specs.push(spec);
  }
  return dealt.map((part) => part.specs).filter((part) => part.length > 0);
}

/** A ginkgo focus that matches exactly these. */
export const focusOn = (specs: Spec[]): string => `(${specs.map(({ name }) => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|")})`;

const lines = (file: string): string[] =>
  readFileSync(fileURLToPath(new URL(file, import.meta.url)), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
