import { useEffect } from "preact/hooks";

import { pageName } from "../../ui";
import { showBadge } from "../../wire";
import { type Route, route } from "../router";
import { useStore } from "../store_context";
import { texts } from "../texts";

const PAGES: Record<Route["page"], string> = {
  support: texts.support,
  tickets: texts.tickets,
  ticket: texts.tickets,
  "new-ticket": texts.create.title,
  notifications: texts.notifications,
  unknown: "",
};

/** Keeps the title of the document: what is unread, what the page shows, and the desk. */
export function TabTitle() {
  const store = useStore();
  const desk = store.me.value?.desk?.name ?? texts.product;
  const unread = store.unread.value;
  const page = pageName.value || PAGES[route.value.page];
  useEffect(() => {
    const names = [page, desk].filter(Boolean).join(" · ");
    document.title = unread ? `(${unread}) ${names}` : names;
  }, [desk, unread, page]);
  useEffect(() => showBadge(unread), [unread]);
  return null;
}
