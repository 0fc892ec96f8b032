import { useEffect, useRef, useState } from "preact/hooks";

/**
 * Where the "New" line stands: above the first message that was unread when the window opened or the message came, and there it stays
 * while one reads, until one writes or minimises. `unread` is the key of the first unread message now; null while nothing is loaded.
 */
export function useUnreadDivider(unread: () => string | undefined | null, minimised: boolean): { from: string | undefined; clear: () => void } {
  const now = unread();
  const [from, setFrom] = useState<string>();
  const begun = useRef(false);
  if (!begun.current && now !== null) {
    begun.current = true;
    if (now) setFrom(now);
  }
  useEffect(() => {
    // Asked again: what came to the end of a visible window is read by now, and needs no line.
    const still = unread() ?? undefined;
    if (still || minimised) setFrom(still);
  }, [now, minimised]);
  return { from, clear: () => setFrom(undefined) };
}
