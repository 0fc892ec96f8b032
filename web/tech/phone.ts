import { useEffect, useState } from "preact/hooks";

/** A screen as narrow as a phone's, as in the style sheets: a chat window and the session manager's panel cover the page. */
const PHONE = "(max-width: 719px)";

export function isPhone(): boolean {
  return matchMedia(PHONE).matches;
}

/** Follows the width of the screen. */
export function usePhone(): boolean {
  const [phone, setPhone] = useState(isPhone);
  useEffect(() => {
    const media = matchMedia(PHONE);
    const update = () => setPhone(media.matches);
    media.addEventListener("change", update);
    return () => media.removeEventListener("change", update);
  }, []);
  return phone;
}
