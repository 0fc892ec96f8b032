import { Check, UserCheck, X } from "lucide-preact";
import { useState } from "preact/hooks";

import { Button, settled, toast } from "../../ui";
import type { Ticket, TicketUpdate } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { refusalText } from "../refusal";
import { texts } from "../texts";

const t = texts.several;

export interface Several {
  selected: ReadonlySet<string>;
  select: (id: string) => void;
  clear: () => void;
  /** Of the selected tickets if the ticket is one of them, else of it alone. Without an id: of the selected ones. */
  assign: (id?: string) => void;
  close: (id?: string) => void;
  busy: boolean;
}

/** Selected tickets of a list, and what is done to them one after the other (spec 9.7). Those that leave the list are not selected. */
export function useSeveral(tickets: readonly Ticket[]): Several {
  const { store, me } = useApp();
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const selected = new Set(tickets.map(({ id = "" }) => id).filter((id) => ids.has(id)));

  const change = async (id: string | undefined, update: TicketUpdate, done: (count: number) => string, needless: (ticket: Ticket) => boolean) => {
    if (busy) return;
    const of = id === undefined || selected.has(id) ? selected : new Set([id]);
    const wanted = tickets.filter((ticket) => of.has(ticket.id ?? "") && !needless(ticket));
    if (wanted.length === 0) return toast(t.nothing);
    setBusy(true);
    const refused: string[] = [];
    for (const ticket of wanted) {
      try {
        await store.tickets.update(ticket.id ?? "", update);
      } catch (error) {
        refused.push(t.refused(ticket.number ?? 0, refusalText(error, t.failed)));
      }
    }
    setBusy(false);
    setIds(new Set());
    const about = `tickets:${Object.keys(update).join()}`;
    settled(about);
    if (refused.length) toast(t.partly(done(wanted.length - refused.length), refused), { tone: "danger", about });
    else toast(done(wanted.length));
  };

  return {
    selected,
    busy,
    select: (id) => {
      const rest = new Set(selected);
      if (!rest.delete(id)) rest.add(id);
      setIds(rest);
    },
    clear: () => setIds(new Set()),
    assign: (id) => void change(id, { assigneeId: me.value.id }, t.assigned, ({ assignee }) => assignee?.id === me.value.id),
    close: (id) => void change(id, { status: "TICKET_STATUS_CLOSED" }, t.closed, ({ status }) => status === "TICKET_STATUS_CLOSED"),
  };
}

/** The buttons for the selected tickets; stays in view while the list scrolls. */
export function SeveralBar({ selected, busy, assign, close, clear }: Several) {
  if (selected.size === 0) return null;
  return (
    <div class="tickets__several" role="group" aria-label={t.label}>
      <span role="status">{t.count(selected.size)}</span>
      <Button size="s" icon={UserCheck} busy={busy} onClick={() => assign()}>
        {t.assign}
      </Button>
      <Button size="s" icon={Check} busy={busy} onClick={() => close()}>
        {t.close}
      </Button>
      <Button size="s" variant="ghost" icon={X} onClick={clear}>
        {t.clear}
      </Button>
    </div>
  );
}
