import { isEnter } from "../ui";

/** Ctrl+Enter (or Cmd): does what a dialog recommends. */
export function isSubmit(event: KeyboardEvent): boolean {
  return isEnter(event) && (event.ctrlKey || event.metaKey);
}
