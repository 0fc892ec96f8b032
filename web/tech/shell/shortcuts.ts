import { useEffect } from "preact/hooks";

import { isComposing } from "../../ui";
import { type Desk, useDesk } from "../desk";
import { joinOldest } from "../sessions/acts";

/** Keyboard shortcuts. While typing, only the palette and Alt with a digit work. */
export function useShortcuts(): void {
  const desk = useDesk();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => answer(desk, event);
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [desk]);
}

function answer(desk: Desk, event: KeyboardEvent): void {
  if (event.defaultPrevented || isComposing(event)) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    desk.asking.value = { kind: "palette" };
  } else if (event.altKey && !event.ctrlKey && /^Digit[1-9]$/.test(event.code)) {
    const window = desk.windows.list.value[Number(event.code.at(-1)) - 1];
    if (!window) return;
    event.preventDefault();
    desk.windows.open(window.id);
  } else if (event.key === "Escape") {
    document.getElementById("page")?.focus();
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event)) {
    if (event.key === "?") desk.asking.value = { kind: "help" };
    else if (event.key.toLowerCase() === "j" && !event.repeat) joinOldest(desk);
    else return;
    event.preventDefault();
  }
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  return Boolean(target?.closest?.("input, textarea, select, [contenteditable], [role=menu]"));
}
