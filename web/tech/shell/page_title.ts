import { useSignalEffect } from "@preact/signals";

import { pageName } from "../../ui";
import { useApp } from "../app_state";
import { route } from "../router";
import { texts } from "../texts";

/** Keeps the title of the document: what is unread, and what the page shows. */
export function usePageTitle(): void {
  const { store } = useApp();
  useSignalEffect(() => {
    const unread = store.alerts.value.length + store.unread.value;
    const { page } = route.value;
    const list = page === "ticket" || page === "unknown" ? "tickets" : page === "session" ? "history" : page;
    document.title = texts.title(unread, pageName.value || texts.nav[list]);
  });
}
