import { useCallback, useEffect, useRef, useState } from "preact/hooks";

/** The browser reports added rows to screen readers a moment after they are rendered. */
const QUIET_MS = 500;

/** Screen readers announce what is added to a log. They must not announce the messages that a window loads, so the log is not live
 * (`live` is "off") while it loads and for a moment after that. Call `hush` before earlier messages are rendered, for the same effect. */
export function useQuietLog(loading: boolean): { live?: "off"; hush: () => void } {
  const [quiet, setQuiet] = useState(true);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const hush = useCallback(() => {
    clearTimeout(timer.current);
    setQuiet(true);
    timer.current = setTimeout(() => setQuiet(false), QUIET_MS);
  }, []);
  useEffect(() => {
    if (!loading) hush();
    return () => clearTimeout(timer.current);
  }, [loading]);
  return { live: quiet || loading ? "off" : undefined, hush };
}
