import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests/e2e",
  testMatch: "**/*.spec.ts",
  globalSetup: "./tests/support/setUp.ts",
  workers: 1,
  timeout: 240_000,
  expect: { timeout: 30_000 },
  outputDir: ".cache/e2e",
  reporter: [["list"], ["json", { outputFile: ".cache/e2e-results.json" }]],
});
