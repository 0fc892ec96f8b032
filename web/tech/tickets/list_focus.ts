/** Moves the focus to the first row of the list, if it is on the page. */
export function focusFirstRow(): boolean {
  const link = document.querySelector<HTMLElement>(".tickets__table tbody a");
  link?.focus();
  return Boolean(link);
}
