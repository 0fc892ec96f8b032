import { useEffect } from "preact/hooks";

import { Avatar } from "../../ui";
import { useApp } from "../app_state";
import { texts } from "../texts";

const MAX_AVATARS = 5;

/** The other engineers who have this ticket open now (spec 9.2). Nobody is shown without a connection, because nothing arrives then. */
export function AlsoHere({ id }: { id: string }) {
  const { store } = useApp();
  useEffect(() => store.viewTicket(id), [id]);
  const me = store.me.value?.person?.id;
  const connected = store.connection.value.state === "connected";
  const others = connected ? store.ticketViewers.value.filter((person) => person.id !== me) : [];
  return (
    <div class="ticket__also">
      {others.length > 0 && (
        <ul class="ticket__viewers" aria-label={texts.ticket.viewers}>
          {others.slice(0, MAX_AVATARS).map(({ id = "", name = "" }) => (
            <li key={id}>
              <Avatar id={id} name={name} size="xs" side="engineer" named title={name} />
            </li>
          ))}
        </ul>
      )}
      <span aria-live="polite">{others.length > 0 && texts.ticket.alsoHere(others.map(({ name = "" }) => name))}</span>
    </div>
  );
}
