import { onTestFinished, vi } from "vitest";

import type { Lazy } from "../lazy/lazy";

/** The part fails to load in this test, also when an earlier test file has loaded it. */
export function cannotLoad<Props>(of: Lazy<Props>): void {
  const loaded = of.part;
  const load = vi.spyOn(of, "load").mockRejectedValue(new TypeError("Failed to fetch dynamically imported module"));
  of.part = null;
  onTestFinished(() => {
    load.mockRestore();
    of.part = loaded;
  });
}
