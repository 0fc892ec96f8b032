import { MessageSquare, Pencil } from "lucide-preact";

import { Avatar, Button, EmptyState, FormattedText, Time, Timeline, TimelineItem } from "../../ui";
import { Attachments } from "../../ui/files";
import { changedValue, type TimelineEntry } from "../../wire";
import { readChat } from "../chat/windows";
import { useStore } from "../store_context";
import { texts } from "../texts";

const t = texts.ticket;

export function TicketTimeline({ ticketId, entries }: { ticketId: string; entries: readonly TimelineEntry[] }) {
  if (entries.length === 0) return <EmptyState compact title={t.empty} />;
  return (
    <Timeline label={t.timeline}>
      {entries.map((entry) => (
        <Entry key={entry.id} ticketId={ticketId} entry={entry} />
      ))}
    </Timeline>
  );
}

function Entry({ ticketId, entry }: { ticketId: string; entry: TimelineEntry }) {
  const store = useStore();
  const { note, chat, change, by } = entry;
  const name = by?.name || t.system;
  const when = <Time at={entry.at ?? ""} />;
  if (note) {
    const head = (
      <>
        <strong><bdi>{name}</bdi></strong> {when}
      </>
    );
    return (
      <TimelineItem sign={<Avatar id={by?.id ?? ""} name={name} size="s" />} head={head}>
        {note.text && <div class="ticket__note" dir="auto"><FormattedText text={note.text ?? ""} /></div>}
        <Attachments files={note.attachments ?? []} urlOf={(id) => store.tickets.attachmentUrl(ticketId, id)} />
      </TimelineItem>
    );
  }
  if (chat) {
    const head = (
      <>
        <strong>{t.talked}</strong> {when}
      </>
    );
    return (
      <TimelineItem sign={{ icon: MessageSquare }} head={head}>
        <p class="ticket__chat" dir="auto">{chat.title}</p>
        <div>
          <Button size="s" onClick={() => readChat(chat.sessionId ?? "")}>
            {t.openChat}
          </Button>
        </div>
      </TimelineItem>
    );
  }
  const { field = "", before = "", after = "" } = change ?? {};
  const value = (text: string) => changedValue(field, text, texts);
  const action = field === "created" ? t.created : t.changed(field, value(before), value(after));
  return (
    <TimelineItem
      look="quiet"
      sign={{ icon: Pencil }}
      head={
        <span>
          <bdi>{name}</bdi> {action} · {when}
        </span>
      }
    />
  );
}
