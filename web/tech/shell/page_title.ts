// The title of the document: what is unread, and what the page shows.
import { signal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { useApp } from "../app_state";
import { route } from "../router";
import { texts } from "../texts";

const named = signal("");

/** Names what the page shows, such as a ticket, while the component is mounted; empty until it is loaded. */
export function useNamed(name: string): void {
  useEffect(() => {
    named.value = name;
    return () => {
      named.value = "";
    };
  }, [name]);
}

export function usePageTitle(): void {
  const { store } = useApp();
  useSignalEffect(() => {
    const unread = store.alerts.value.length + store.unread.value;
    const { page } = route.value;
    const list = page === "ticket" || page === "unknown" ? "tickets" : page === "session" ? "history" : page;
    document.title = texts.title(unread, named.value || texts.nav[list]);
  });
}
