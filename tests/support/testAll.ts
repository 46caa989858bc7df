import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";

// `npm test`: every suite, one after another, and one line with the sum.

interface Counts {
  passed: number;
  failed: number;
}

const vitestResults = ".cache/vitest-results.json";
const playwrightResults = ".cache/e2e-results.json";

const suites = [
  {
    name: "vitest",
    command: ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile=${vitestResults}`],
    results: vitestResults,
    count: ({ numPassedTests, numTotalTests, testResults }: VitestReport): Counts => {
      const broken = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
      return { passed: numPassedTests, failed: numTotalTests - numPassedTests + broken };
    },
  },
  {
    name: "playwright",
    command: ["playwright", "test"],
    results: playwrightResults,
    count: ({ stats, errors }: PlaywrightReport): Counts => ({ passed: stats.expected, failed: stats.unexpected + stats.skipped + stats.flaky + errors.length }),
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
const total = suites.map(runSuite).reduce((sum, counts) => ({ passed: sum.passed + counts.passed, failed: sum.failed + counts.failed }));
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);
