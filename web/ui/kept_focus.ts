import { useEffect } from "preact/hooks";

import { ancestors, focusFirst } from "./focus_around";

const OTHERS = "button, a[href], input, select";

/**
 * Moves the focus when its control outside of the page goes away with a window, a card or a toast: to a text box near it, such as that of
 * the same or the next chat, else to the nearest control, else to the page. Without that the Tab key would begin at the top (WCAG 2.4.3).
 * `areaId` is the id of the element that the page is in; usePageFocus does the same for pages.
 */
export function useKeptFocus(areaId: string): void {
  useEffect(() => {
    let last: Element | null = null;
    let around: Element[] = [];
    const remember = ({ target }: FocusEvent): void => {
      last = target as Element;
      around = ancestors(last);
    };
    const forget = ({ target }: FocusEvent): void => {
      // Somebody pressed beside all controls. A control that is being removed is gone by then.
      queueMicrotask(() => {
        if (last === target && last?.isConnected && document.activeElement === document.body) last = null;
      });
    };
    const moveOn = (): void => {
      if (!last || last.isConnected || document.activeElement !== document.body) return;
      last = null;
      const area = document.getElementById(areaId);
      if (!area || around.includes(area)) return;
      // Of the other buttons in the head of a window, one closes it.
      const near = around.filter((one) => !one.contains(area) && !one.closest("header"));
      // On a touch screen a text box would open the keyboard.
      const mayType = !matchMedia("(pointer: coarse)").matches;
      if (!(mayType && focusFirst(near, "textarea")) && !focusFirst(near, OTHERS)) area.focus({ preventScroll: true });
    };
    const observer = new MutationObserver(moveOn);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener("focusin", remember);
    document.addEventListener("focusout", forget);
    return () => {
      observer.disconnect();
      document.removeEventListener("focusin", remember);
      document.removeEventListener("focusout", forget);
    };
  }, []);
}
