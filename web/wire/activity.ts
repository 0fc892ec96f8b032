const SIGNS = ["pointerdown", "pointermove", "keydown", "touchstart", "wheel", "focus"] as const;
const AT_MOST_EACH = 10_000;

/** Reports that the person is there, the first sign at once and then at most each 10 s (spec 1.5); returns how to stop. */
export function reportActivity(report: () => boolean): () => void {
  let reportedAt = -AT_MOST_EACH;
  const sign = (): void => {
    const now = Date.now();
    if (now - reportedAt >= AT_MOST_EACH && report()) reportedAt = now;
  };
  for (const name of SIGNS) addEventListener(name, sign, { passive: true, capture: true });
  return () => {
    for (const name of SIGNS) removeEventListener(name, sign, { capture: true });
  };
}
