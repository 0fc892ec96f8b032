import { defineConfig } from "vitest/config";

import { emojiData } from "./emoji_data.ts";

export default defineConfig({
  plugins: [emojiData],
  test: {
    environment: "jsdom",
    include: ["{ui,languages,wire,worker,tech,portal,signin}/**/*.test.{ts,tsx}"],
    setupFiles: ["./ui/testing/setup.ts"],
    testTimeout: 20_000,
    // `.ci/run` runs a failed test again, as it does with the tests of Python, and the output says so.
    retry: Number(process.env.PARLEY_TEST_RETRIES ?? 0),
    pool: "threads",
    // One environment for all files of a thread: making one for each takes more time than the tests. Each test clears what it uses.
    isolate: false,
    passWithNoTests: true,
  },
});
