import { useEffect, useState } from "preact/hooks";

/** A screen as narrow as a phone's, as in the style sheets: a chat window and the session manager's panel cover the page. */
const PHONE = "(max-width: 719px)";
/** A chat fits beside the page of a ticket. */
const WIDE = "(min-width: 1280px)";

export function isPhone(): boolean {
  return matchMedia(PHONE).matches;
}

export function isWide(): boolean {
  return matchMedia(WIDE).matches;
}

/** Follows the width of the screen. */
export function usePhone(): boolean {
  return useMedia(PHONE);
}

/** Follows the width of the screen. */
export function useWide(): boolean {
  return useMedia(WIDE);
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const update = () => setMatches(media.matches);
    media.addEventListener("change", update);
    return () => media.removeEventListener("change", update);
  }, [query]);
  return matches;
}
