import { useEffect, useRef } from "preact/hooks";

import { settled } from "./feedback/toast";

/**
 * Moves the focus to the heading of a page that took the place of another one, so that assistive technology reads it and the Tab key goes
 * on from there. `page` tells pages apart; `areaId` is the id of the element that they are in, which has the focus of a page without
 * heading. The focus stays in a field of the new page, in a field elsewhere and in a dialog. Toasts about the page that was left are
 * removed.
 */
export function usePageFocus(page: string, areaId: string): void {
  const before = useRef(page);
  useEffect(() => {
    if (before.current === page) return undefined;
    before.current = page;
    settled();
    const area = document.getElementById(areaId);
    return area ? focusHeading(area) : undefined;
  }, [page]);
}

/** Waits for the heading while the page is loaded. Returns a function that stops it. */
function focusHeading(area: HTMLElement): () => void {
  const from = document.activeElement;
  if (from?.closest("dialog, input, textarea, select, [contenteditable]")) return () => undefined;
  const tryNow = (): void => {
    const heading = area.querySelector<HTMLElement>("h1");
    if (!heading && (area.querySelector(".skeleton") || !area.firstElementChild)) return;
    observer.disconnect();
    // Somebody has moved it meanwhile.
    if (document.activeElement !== from && document.activeElement !== document.body) return;
    if (heading) heading.tabIndex = -1;
    (heading ?? area).focus({ preventScroll: true });
  };
  const observer = new MutationObserver(tryNow);
  observer.observe(area, { childList: true, subtree: true });
  tryNow();
  return () => observer.disconnect();
}
