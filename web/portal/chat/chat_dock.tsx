import { useEffect, useRef } from "preact/hooks";

import type { SessionView } from "../../wire";
import { useStore } from "../store_context";
import { isIn, isLive } from "../support/mine";
import { useSupport } from "../support/support_state";
import { texts } from "../texts";
import { PortalChat } from "./portal_chat";
import { front, hidden, minimised, reading, wished } from "./windows";
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

  // Those that were on screen stay when they become something that would not open by itself.
  const seen = useRef(new Set<string>());
  const shown = [...store.sessions.value.values()].filter((view) => {
    if (hidden.value.has(view.id)) return false;
    return read.includes(view.id) || (belongs(view, me) && (opensByItself(view) || wished.value.has(view.id) || seen.current.has(view.id)));
  });
  for (const view of shown) seen.current.add(view.id);
  return shown.length ? <Windows shown={shown} me={me} /> : null;
}

function Windows({ shown, me }: { shown: readonly SessionView[]; me: string }) {
  // What a desk lets its customers do may change between two chats.
  const live = shown.filter((view) => belongs(view, me) && isLive(view.card));
  const support = useSupport("", live.map((view) => `${view.id}:${view.card.offer}`).join()).value;
  const open = shown.filter((view) => !minimised.value.has(view.id));
  const first = open.find((view) => view.id === front.value.id) ?? open[0];
  return (
    <aside class={`dock${open.length ? " dock--open" : ""}`} aria-label={texts.chat.windows}>
      {shown.map((view) => (
        <div key={view.id} class={`dock__place${view === first ? " dock__place--front" : ""}${minimised.value.has(view.id) ? " dock__place--small" : ""}`}>
          <PortalChat view={view} support={support} />
        </div>
      ))}
    </aside>
  );
}

// A chat is there as long as its customer is in it, also after its end, until they leave.
function belongs(view: SessionView, me: string): boolean {
  return isIn(view.card, me) && view.error?.kind !== "not_found";
}

// Of a call-back nothing comes in the window: the request page says that it is asked for, and leads to it.
function opensByItself(view: SessionView): boolean {
  return view.card.status !== "CHAT_STATUS_CALLBACK";
}
