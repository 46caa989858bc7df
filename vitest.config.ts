import { defineConfig } from "vitest/config";

const unit = ["tests/architecture/**/*.test.ts", "shared/**/*.test.ts", "cluster-engine/**/*.test.ts", "main/**/*.test.ts"];

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: unit } },
      { test: { name: "window", include: ["renderer/**/*.test.{ts,tsx}"] } },
      { test: { name: "model", include: ["tests/model/**/*.test.ts"] } },
      {
        test: {
          name: "integration",
          include: ["tests/{integration,fault}/**/*.test.ts"],
          globalSetup: "tests/support/setUp.ts",
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
