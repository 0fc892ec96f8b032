import { useLayoutEffect } from "preact/hooks";

import { isComposing } from "../../ui";
import { type AppState, useApp } from "../app_state";
import { joinOldest } from "../sessions/acts";
import { focusFirstRow } from "../tickets/list_focus";

/** Keyboard shortcuts. While typing, only the palette and Alt with a digit work. */
export function useShortcuts(): void {
  const app = useApp();
  // Before the first paint, so that no key is lost.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => answer(app, event);
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [app]);
}

function answer(app: AppState, event: KeyboardEvent): void {
  if (event.defaultPrevented || isComposing(event)) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    app.dialog.value = { kind: "palette" };
  } else if (event.altKey && !event.ctrlKey && /^Digit[1-9]$/.test(event.code)) {
    const window = app.windows.list.value[Number(event.code.at(-1)) - 1];
    if (!window) return;
    event.preventDefault();
    app.windows.open(window.id);
  } else if (event.key === "Escape") {
    document.getElementById("page")?.focus();
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event)) {
    if (event.key === "?") app.dialog.value = { kind: "help" };
    else if (event.key.toLowerCase() === "c") app.dialog.value = { kind: "ticket" };
    else if (event.key.toLowerCase() === "l") {
      if (!focusFirstRow()) return;
    } else if (event.key.toLowerCase() === "j" && !event.repeat) joinOldest(app);
    else return;
    event.preventDefault();
  }
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  return Boolean(target?.closest?.("input, textarea, select, [contenteditable], [role=menu]"));
}
