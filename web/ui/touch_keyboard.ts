const ROOT_STYLES = { top: "--above-keyboard-top", height: "--above-keyboard-height" } as const;
/** Less is the bar of a browser. */
const LEAST = 120;

/**
 * Tells the styles what is left of a phone's screen above its keyboard. Chromium and Firefox make the page lower (interactive-widget in
 * the page's head); Safari covers and moves it, so that a chat that fills the screen would have its text box under the keyboard. Without a
 * keyboard, and while the page is zoomed, both are unset. Returns a function that stops it.
 */
export function followKeyboard(shown = window.visualViewport): () => void {
  if (!shown) return () => undefined;
  const { style } = document.documentElement;
  const update = (): void => {
    const covers = shown.scale === 1 && window.innerHeight - shown.height > LEAST;
    for (const [side, value] of [["top", shown.offsetTop], ["height", shown.height]] as const) {
      if (covers) style.setProperty(ROOT_STYLES[side], `${value}px`);
      else style.removeProperty(ROOT_STYLES[side]);
    }
  };
  shown.addEventListener("resize", update);
  shown.addEventListener("scroll", update);
  return () => {
    shown.removeEventListener("resize", update);
    shown.removeEventListener("scroll", update);
  };
}
