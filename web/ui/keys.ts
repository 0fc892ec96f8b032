import { useEffect, useState } from "preact/hooks";

/** Whether an input method handles this key. In Safari only the old keyCode shows the key that ends a composition. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Whether the key is Enter, outside of a composition. */
export function isEnter(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !isComposing(event);
}

const TEXT = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, [contenteditable]";
let typedAt = 0;

for (const kind of ["keydown", "input"]) {
  addEventListener(kind, (event) => event.target instanceof Element && event.target.closest(TEXT) && (typedAt = Date.now()), true);
}

/** Whether a key was pressed in a text field so recently that the next key is meant for it too. */
export function typedWithin(milliseconds: number): boolean {
  return Date.now() - typedAt < milliseconds;
}

/** False while the person types, true after they have paused for `milliseconds`. */
export function usePause(milliseconds: number): boolean {
  const [paused, setPaused] = useState(() => !typedWithin(milliseconds));
  useEffect(() => {
    if (paused) return undefined;
    const timer = setInterval(() => setPaused(!typedWithin(milliseconds)), 200);
    return () => clearInterval(timer);
  }, [paused]);
  return paused;
}
