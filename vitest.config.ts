import { defineConfig } from "vitest/config";

const unit = ["shared/**/*.test.ts", "cluster-engine/**/*.test.ts", "main/**/*.test.ts"];

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: unit } },
      { test: { name: "window", include: ["renderer/**/*.test.{ts,tsx}"] } },
      { test: { name: "integration", include: ["tests/{architecture,integration,conformance}/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 120_000 } },
    ],
  },
});
