import { useEffect, useState } from "preact/hooks";

/** Whether an input method takes this key for itself. Safari ends a composition with a key that only its old code tells apart. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Enter that is meant for the page. */
export function isEnter(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !isComposing(event);
}

const TEXT = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, [contenteditable]";
let typedAt = 0;

for (const kind of ["keydown", "input"]) {
  addEventListener(kind, (event) => event.target instanceof Element && event.target.closest(TEXT) && (typedAt = Date.now()), true);
}

/** Whether someone pressed a key in a text field so short a time ago that the next key is meant for it too. */
export function typedWithin(milliseconds: number): boolean {
  return Date.now() - typedAt < milliseconds;
}

/** False while someone types, until they have paused for so long. */
export function usePause(milliseconds: number): boolean {
  const [paused, setPaused] = useState(() => !typedWithin(milliseconds));
  useEffect(() => {
    if (paused) return undefined;
    const timer = setInterval(() => setPaused(!typedWithin(milliseconds)), 200);
    return () => clearInterval(timer);
  }, [paused]);
  return paused;
}
