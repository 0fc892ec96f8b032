import { signal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const shown = signal("");

/** What the page shows, such as the summary of a ticket; empty on a page that its name tells enough about. */
export const pageTitle: ReadonlySignal<string> = shown;

/** Names what the page shows while it is shown, for the document's title. */
export function usePageTitle(title = ""): void {
  useEffect(() => {
    shown.value = title;
    return () => void (shown.value = "");
  }, [title]);
}
