import { MessageSquarePlus, UserPen } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Button, PersonLine, RelativeTime, Select } from "../../ui";
import type { DirectoryPerson, Priority, Ticket, TicketStatus, TicketUpdate } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { presenceState, useOnScreen } from "../people";
import { tryChange } from "../refusal";
import { busy, pushChat } from "../sessions/acts";
import { texts } from "../texts";
import { optionsOf, useBoards } from "../boards_and_companies";
import { Contact } from "../customer/contact";
import { CustomerDialog } from "./customer_dialog";

const t = texts.ticket;

/** The side panel: the ticket's customer, and the fields that can be changed. */
export function Details({ ticket, onChanged }: { ticket: Ticket; onChanged: () => void }) {
  const { store } = useApp();
  const boards = useBoards();
  const [engineers, setEngineers] = useState<readonly DirectoryPerson[]>([]);
  useEffect(() => {
    // Without the list, the current assignee is shown.
    store.people({ kind: "engineer", active: true, limit: 1000 }).then(({ people }) => setEngineers(people), () => undefined);
  }, []);
  const change = (update: TicketUpdate) => {
    const { id = "" } = ticket;
    void tryChange(`ticket:${id}:${Object.keys(update).join()}`, () => store.tickets.update(id, update), t.saveFailed).then(onChanged);
  };
  const { status = "TICKET_STATUS_NEW", priority = "PRIORITY_NORMAL", assignee } = ticket;
  return (
    <aside class="details" aria-label={t.details}>
      <Customer ticket={ticket} onChanged={onChanged} />
      <div class="details__choices">
        <Select
          label={texts.tickets.status}
          value={status}
          onInput={(value) => change({ status: value as TicketStatus })}
          options={namedOptions(texts.tickets.statuses)}
        />
        <Select
          label={texts.tickets.columns.priority}
          value={priority}
          onInput={(value) => change({ priority: value as Priority })}
          options={namedOptions(texts.tickets.priorities)}
        />
        <Select
          label={t.assignee}
          value={assignee?.id ?? ""}
          onInput={(assigneeId) => change({ assigneeId })}
          options={withPresent([{ value: "", label: texts.tickets.nobody }, ...engineers.map(asOption)], assignee)}
        />
        <Select
          label={texts.tickets.board}
          value={ticket.boardId ?? ""}
          onInput={(boardId) => change({ boardId })}
          options={withPresent(optionsOf(boards, ticket.boardId ?? ""), { id: ticket.boardId, name: ticket.boardName })}
        />
      </div>
      <dl class="record__facts">
        <div>
          <dt>{t.source}</dt>
          <dd>{t.sources[ticket.source ?? ""] ?? ticket.source}</dd>
        </div>
        <div>
          <dt>{t.created}</dt>
          <dd>
            <RelativeTime at={ticket.createdAt ?? 0} />
          </dd>
        </div>
        <div>
          <dt>{t.changed}</dt>
          <dd>
            <RelativeTime at={ticket.modifiedAt ?? 0} />
          </dd>
        </div>
      </dl>
    </aside>
  );
}

function Customer({ ticket, onChanged }: { ticket: Ticket; onChanged: () => void }) {
  const app = useApp();
  const [changing, setChanging] = useState(false);
  const { id = "", name = "" } = ticket.customer ?? {};
  useOnScreen([id]);
  const presence = presenceState(app.store.presenceOf(id).value);
  const online = presence === "online";
  const closed = ticket.status === "TICKET_STATUS_CLOSED";
  return (
    <div class="details__customer">
      <PersonLine id={id} name={name} presence={presence} below={[ticket.companyName, presence && texts.presence[presence]].filter(Boolean).join(" · ")} />
      {id && <Contact key={id} id={id} />}
      <Button
        icon={MessageSquarePlus}
        variant={online ? "primary" : "secondary"}
        disabled={!online || closed}
        hint={closed ? t.reopenFirst : online ? undefined : texts.sessions.notOnline(name)}
        busy={busy.value.has(ticket.id ?? "")}
        onClick={() => void pushChat(app, ticket.id ?? "")}
      >
        {t.push}
      </Button>
      <Button icon={UserPen} variant="ghost" onClick={() => setChanging(true)}>
        {texts.customer.change}
      </Button>
      {changing && <CustomerDialog ticket={ticket} onChanged={onChanged} onClose={() => setChanging(false)} />}
    </div>
  );
}

interface Option {
  value: string;
  label: string;
}

function namedOptions(names: Record<string, string>): Option[] {
  return Object.entries(names)
    .filter(([, label]) => label)
    .map(([value, label]) => ({ value, label }));
}

function asOption({ id = "", name = "" }: { id?: string; name?: string }): Option {
  return { value: id, label: name };
}

/** The options plus the current value, in case the list is missing or no longer holds it. */
function withPresent(options: Option[], present: { id?: string; name?: string } | undefined): Option[] {
  return !present?.id || options.some((option) => option.value === present.id) ? options : [...options, asOption(present)];
}
