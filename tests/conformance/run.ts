import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { kubectls } from "../support/kubectl.ts";
import { startEngine } from "./engine.ts";
import { parts, readSpecs, type Spec, specClasses } from "./specs.ts";
import { findSuite, type Outcome, runSuite } from "./suite.ts";

// `npm run conformance [-- --class A,B,C,R] [--focus REGEX] [--must-pass] [--clusters 2]`: the official suite against clusters
// of two simulated nodes. Ends with 1 when a spec of mustPass.txt does not pass.

const { values } = parseArgs({
  options: {
    class: { type: "string", default: "A,B,C,R" },
    focus: { type: "string", default: "" },
    "must-pass": { type: "boolean", default: false },
    clusters: { type: "string", default: "2" },
  },
});
const specs = select(readSpecs());
const suite = findSuite();
const folder = mkdtempSync(join(tmpdir(), "wherry-conformance-"));
console.log(`${specs.length} specs of ${suite}; logs and reports in ${folder}`);
const outcomes = (await Promise.all(parts(specs, Number(values.clusters)).map(runPart)))
  .flat()
  .toSorted((a, b) => specs.indexOf(a.spec) - specs.indexOf(b.spec));
console.log();
for (const outcome of outcomes) console.log(line(outcome));
for (const row of counts(outcomes)) console.log(row);
process.exitCode = judge(outcomes);

/** Runs some of the specs on a cluster of their own: most of them wait most of their time. */
async function runPart(part: Spec[], index: number): Promise<Outcome[]> {
  const own = join(folder, String(index + 1));
  mkdirSync(own);
  const engine = await startEngine(join(own, "data"));
  try {
    return await runSuite({ suite, kubectl: kubectls()[0]!, kubeconfig: engine.kubeconfig, specs: part, folder: own });
  } finally {
    await engine.stop();
  }
}

function select(all: Spec[]): Spec[] {
  const classes = values.class.split(",");
  const unknown = classes.filter((name) => !(specClasses as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`no such class: ${unknown.join(", ")}; there are ${specClasses.join(", ")}`);
  const focus = new RegExp(values.focus);
  const chosen = all.filter((spec) => classes.includes(spec.class) && focus.test(spec.name) && (spec.mustPass || !values["must-pass"]));
  if (chosen.length === 0) throw new Error("no spec matches");
  return chosen;
}

function line({ spec, state, seconds, reason }: Outcome): string {
  const verdict = `${state.padEnd(7)} ${spec.class.padEnd(5)} ${seconds.toFixed(1).padStart(6)} s  ${spec.name}`;
  return state === "failed" ? `${verdict}\n                       ${reason}` : verdict;
}

function counts(outcomes: Outcome[]): string[] {
  return specClasses.flatMap((specClass) => {
    const own = outcomes.filter(({ spec }) => spec.class === specClass);
    const passed = own.filter(({ state }) => state === "passed").length;
    return own.length === 0 ? [] : [`class ${specClass.padEnd(5)} ${passed} of ${own.length} passed`];
  });
}

/** The exit code. */
function judge(outcomes: Outcome[]): number {
  const broken = outcomes.filter(({ spec, state }) => spec.mustPass && state !== "passed");
  const news = outcomes.filter(({ spec, state }) => !spec.mustPass && state === "passed");
  if (news.length > 0) console.log(`${news.length} passed that mustPass.txt does not name`);
  if (broken.length > 0) console.log(`${broken.length} failed that must pass:\n${broken.map(({ spec }) => `  ${spec.name}`).join("\n")}`);
  return broken.length > 0 ? 1 : 0;
}
