// What the page shows, such as a ticket, for the title of the document.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Empty where the address says enough, and until it is loaded. */
export const pageName = signal("");

/** Names what the page shows while the component is mounted. */
export function usePageName(name: string): void {
  useEffect(() => {
    pageName.value = name;
    return () => {
      pageName.value = "";
    };
  }, [name]);
}
