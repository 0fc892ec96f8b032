/** Moves the focus to the first row of the list, if it is on the page. */
export function focusFirstRow(): boolean {
  return focusRow(0);
}

/** Moves the focus to that row of the list, counted from 0, if it is on the page. */
export function focusRow(at: number): boolean {
  const link = document.querySelectorAll<HTMLElement>(".rows__table tbody a")[at];
  link?.focus();
  return Boolean(link);
}
