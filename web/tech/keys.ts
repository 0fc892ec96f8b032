/** Ctrl+Enter (or Cmd): does what a dialog recommends. */
export function isSubmit(event: KeyboardEvent): boolean {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey);
}
