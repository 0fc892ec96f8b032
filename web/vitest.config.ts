import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "jsdom",
    include: ["{ui,wire,worker,tech,portal,signin}/**/*.test.{ts,tsx}"],
    setupFiles: ["./ui/testing/setup.ts"],
    testTimeout: 20_000,
    pool: "threads",
    passWithNoTests: true,
  },
});
