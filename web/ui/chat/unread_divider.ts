import { useEffect, useRef, useState } from "preact/hooks";

/**
 * The position of the "New" divider: above the first message that was unread when the window opened or the message came. It stays until
 * the reader writes or minimises. `unread` is the key of the first unread message now; null before the session is loaded.
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
    // Read again: a message that came to the end of a visible window is already read.
    const still = unread() ?? undefined;
    if (still || minimised) setFrom(still);
  }, [now, minimised]);
  return { from, clear: () => setFrom(undefined) };
}
