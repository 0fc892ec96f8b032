/** What is around an element, the nearest first, without the page as a whole. */
export function ancestors(element: Element | null): Element[] {
  const found: Element[] = [];
  for (let one = element?.parentElement; one && one !== document.body; one = one.parentElement) found.push(one);
  return found;
}

/**
 * Gives the focus to the first control that takes it in what is left of `around`, the nearest first. A disabled or hidden control does not
 * take it. Returns whether one did.
 */
export function focusFirst(around: readonly Element[], controls = "button, a[href], input, textarea, select"): boolean {
  for (const element of around.filter((one) => one.isConnected)) {
    for (const control of element.querySelectorAll<HTMLElement>(controls)) {
      control.focus({ preventScroll: true });
      if (document.activeElement === control) return true;
    }
  }
  return false;
}
