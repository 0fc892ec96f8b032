import { useEffect } from "preact/hooks";

import type { SessionView } from "../../wire";
import { useLoad } from "../load";
import { useStore } from "../store_context";
import { isIn } from "../support/mine";
import { texts } from "../texts";
import { isLive, PortalChat } from "./portal_chat";
import { front, hidden, minimised, reading } from "./windows";
import "./dock.css";

/** The chats on screen, bottom right; on a phone the one in front has it all. */
export function ChatDock() {
  const store = useStore();
  const me = store.me.value?.person?.id ?? "";
  const read = reading.value;
  useEffect(() => {
    for (const id of read) void store.openSession(id);
    return () => read.forEach((id) => !reading.value.includes(id) && store.closeSession(id));
  }, [read]);

  const live = [...store.sessions.value.values()].some((view) => belongs(view, me) && isLive(view.card));
  // What a desk lets its customers do may change between two chats.
  const support = useLoad(`leave:${live}`, async () => (live ? store.support() : null));
  const mayLeave = support.value?.customerLeave === "always";
  const shown = [...store.sessions.value.values()].filter((view) => !hidden.value.has(view.id) && (read.includes(view.id) || belongs(view, me)));
  if (shown.length === 0) return null;
  const open = shown.filter((view) => !minimised.value.has(view.id));
  const first = open.find((view) => view.id === front.value.id) ?? open[0];
  return (
    <aside class={`dock${open.length ? " dock--open" : ""}`} aria-label={texts.chat.windows}>
      {shown.map((view) => (
        <div key={view.id} class={`dock__place${view === first ? " dock__place--front" : ""}${minimised.value.has(view.id) ? " dock__place--small" : ""}`}>
          <PortalChat view={view} mayLeave={mayLeave} />
        </div>
      ))}
    </aside>
  );
}

// A chat is there as long as its customer is in it, also after its end, until they leave.
function belongs(view: SessionView, me: string): boolean {
  return isIn(view.card, me) && !view.error;
}
