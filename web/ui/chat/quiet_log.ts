import { useCallback, useEffect, useRef, useState } from "preact/hooks";

/** Screen readers hear of added rows a moment after they are rendered. */
const QUIET_MS = 500;

/** A log is announced as it grows. What a window loads is no news, so the log is no live region (`live` is "off") while it loads, and for a
 * moment after that and after `hush`, which is to be called before earlier messages are rendered. */
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
