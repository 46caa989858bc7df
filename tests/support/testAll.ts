import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import setUp from "./setUp.ts";

// `npm test`: every suite, one after another, and one line with the sum.

interface Counts {
  passed: number;
  failed: number;
}

/** Vitest's suites one after another: what measures real containers must not share the machine with everything else. */
const vitest = (name: string, projects: string[]) => {
  const results = `.cache/${name}-results.json`;
  return {
    name,
    command: [
      "vitest",
      "run",
      ...projects.flatMap((project) => ["--project", project]),
      "--reporter=default",
      "--reporter=json",
      `--outputFile=${results}`,
    ],
    results,
    count: ({ numPassedTests, numTotalTests, testResults }: VitestReport): Counts => {
      const broken = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
      return { passed: numPassedTests, failed: numTotalTests - numPassedTests + broken };
    },
  };
};

const suites = [
  vitest("unit", ["unit", "window"]),
  vitest("model", ["model"]),
  vitest("integration", ["integration"]),
  {
    name: "window end to end",
    command: ["playwright", "test"],
    results: ".cache/e2e-results.json",
    count: ({ stats, errors }: PlaywrightReport): Counts => ({
      passed: stats.expected,
      failed: stats.unexpected + stats.skipped + stats.flaky + errors.length,
    }),
  },
];

interface VitestReport {
  numPassedTests: number;
  numTotalTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
}

interface PlaywrightReport {
  stats: { expected: number; unexpected: number; skipped: number; flaky: number };
  errors: unknown[];
}

/** A suite that leaves no results, or ends badly with no failed test, counts as one failure. Skipped tests count as failed. */
function runSuite({ name, command, results, count }: (typeof suites)[number]): Counts {
  rmSync(results, { force: true });
  const { status } = spawnSync("npx", command, { stdio: "inherit" });
  if (!existsSync(results)) {
    console.error(`${name} ended (${status}) without results`);
    return { passed: 0, failed: 1 };
  }
  const counts = count(JSON.parse(readFileSync(results, "utf8")) as VitestReport & PlaywrightReport);
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

mkdirSync(".cache", { recursive: true });
await setUp();
const total = suites.map(runSuite).reduce((sum, counts) => ({ passed: sum.passed + counts.passed, failed: sum.failed + counts.failed }));
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);
