import { isEnter } from "../ui";

/** Whether the key is Ctrl+Enter (or Cmd), which confirms a dialog's recommended action. */
export function isSubmit(event: KeyboardEvent): boolean {
  return isEnter(event) && (event.ctrlKey || event.metaKey);
}
