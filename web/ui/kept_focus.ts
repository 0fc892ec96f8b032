import { useLayoutEffect } from "preact/hooks";

import { ancestors, focusFirst } from "./focus_around";
import { typedWithin } from "./keys";
import { uiTexts } from "./texts";

const OTHERS = "button, a[href], input, select";
/** What belongs together. A key meant for one of these must do nothing in another one, such as in the chat of another customer. */
const PART = ".dock__slot, article, dialog";
/** After such a pause the next key is not meant for a text box that has gone. */
const PAUSE_MS = 1_000;
const WRITTEN = "textarea, input:not([type=checkbox], [type=radio])";

/**
 * Moves the focus when its control outside of the page goes away. In the same window, card or dialog it goes to a text box or the nearest
 * control. When all of that is gone, or was a text box that the person may still type in, it goes to the region around it, else to the
 * page, where no key presses a button; after a toast, to the button that dismisses the next one. Without that the Tab key would begin at
 * the top (WCAG 2.4.3).
 * `areaId` is the id of the element that the page is in; usePageFocus does the same for pages.
 */
export function useKeptFocus(areaId: string): void {
  useLayoutEffect(() => {
    let last: Element | null = null;
    let around: Element[] = [];
    let typingUntil = 0;
    const remember = ({ target }: FocusEvent): void => {
      last = target as Element;
      around = ancestors(last);
      typingUntil = 0;
    };
    // Keys that were meant for a text box that has gone, or was disabled, are no shortcuts of the page.
    const drop = (event: KeyboardEvent): void => {
      const disabled = document.activeElement === document.body && last?.matches(WRITTEN) && last.matches(":disabled") && typedWithin(PAUSE_MS);
      if ((!disabled && Date.now() > typingUntil) || event.key.length > 1 || event.ctrlKey || event.metaKey || event.altKey) return;
      typingUntil = Date.now() + PAUSE_MS;
      event.preventDefault();
      event.stopPropagation();
    };
    const forget = ({ target }: FocusEvent): void => {
      // Somebody pressed beside all controls. A control that is being removed is gone by then, and one that is disabled loses the focus too.
      queueMicrotask(() => {
        if (last === target && last?.isConnected && !last.matches(":disabled") && document.activeElement === document.body) last = null;
      });
    };
    const moveOn = (): void => {
      if (!last || last.isConnected || document.activeElement !== document.body) return;
      const gone = last;
      last = null;
      const area = document.getElementById(areaId);
      if (!area || around.includes(area)) return;
      if (!focusPart(gone, around) && !focusFirst(around.filter((one) => one.matches(".toasts")), `[aria-label="${uiTexts.dismiss}"]`)) {
        const region = around.find((one) => one.isConnected && one.matches("[tabindex]")) as HTMLElement | undefined;
        (region ?? area).focus({ preventScroll: true });
        if (gone.matches(WRITTEN)) typingUntil = Date.now() + PAUSE_MS;
      }
    };
    const observer = new MutationObserver(moveOn);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener("focusin", remember);
    document.addEventListener("focusout", forget);
    document.addEventListener("keydown", drop, true);
    return () => {
      observer.disconnect();
      document.removeEventListener("focusin", remember);
      document.removeEventListener("focusout", forget);
      document.removeEventListener("keydown", drop, true);
    };
  }, []);
}

/** Gives the focus to another control of the part that the control was in. Returns whether one took it. */
function focusPart(gone: Element, around: Element[]): boolean {
  const end = around.findIndex((one) => one.matches(PART));
  // Of the other buttons in the head of a window, one closes it.
  const near = around.slice(0, end + 1).filter((one) => !one.closest("header"));
  // On a touch screen a text box would open the keyboard.
  const mayType = !matchMedia("(pointer: coarse)").matches;
  return (mayType && focusFirst(near, "textarea")) || (!gone.matches(WRITTEN) && focusFirst(near, OTHERS));
}
