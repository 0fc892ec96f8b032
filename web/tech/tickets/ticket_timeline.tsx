import { MessagesSquare, Pencil, Plus } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { Avatar, Button, Chip, FormattedText, LinkedText, RelativeTime, Timeline, TimelineItem, classes } from "../../ui";
import { Attachments } from "../../ui/files";
import { changedValue, type Attachment, type Ticket, type TimelineEntry } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { Link } from "../router";
import { texts } from "../texts";

const t = texts.ticket;
const LONG = 700;

/** The ticket's timeline, newest last (spec 9.2). */
export function TicketTimeline({ ticket, entries }: { ticket: Ticket; entries: readonly TimelineEntry[] }) {
  return (
    <Timeline label={t.timeline}>
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} ticket={ticket} />
      ))}
    </Timeline>
  );
}

function Entry({ entry, ticket }: { entry: TimelineEntry; ticket: Ticket }) {
  const { store } = useApp();
  const { by, note, chat, change } = entry;
  const name = by?.name || t.system;
  const when = <RelativeTime at={entry.at ?? 0} />;
  if (note) {
    const side = by?.id === ticket.customer?.id ? "customer" : "engineer";
    return (
      <TimelineItem
        sign={<Avatar id={by?.id ?? ""} name={name} side={side} />}
        look={entry.internal ? "internal" : "plain"}
        head={
          <>
            <strong><bdi>{name}</bdi></strong>
            {entry.internal && <Chip tone="warn">{t.internal}</Chip>}
            {when}
          </>
        }
      >
        {note.text && <NoteText text={note.text} log={entry.internal && isChatLog(note.attachments)} />}
        <Attachments files={note.attachments ?? []} urlOf={(id) => store.tickets.attachmentUrl(ticket.id ?? "", id)} />
      </TimelineItem>
    );
  }
  if (chat) return <ChatEntry chat={chat} when={when} />;
  return (
    <TimelineItem
      sign={{ icon: change?.field === "created" ? Plus : Pencil }}
      look="quiet"
      head={
        <>
          <span>
            <strong><bdi>{name}</bdi></strong> {change ? changeText(change) : ""}
          </span>
          {entry.internal && <Chip tone="warn">{t.internal}</Chip>}
          {when}
        </>
      }
    />
  );
}

function ChatEntry({ chat, when }: { chat: NonNullable<TimelineEntry["chat"]>; when: ComponentChildren }) {
  return (
    <TimelineItem
      sign={{ icon: MessagesSquare }}
      look="quiet"
      head={
        <>
          <span>
            {t.chat}: <strong><bdi>{chat.title}</bdi></strong>
          </span>
          {when}
          <Link to={{ page: "session", id: chat.sessionId ?? "" }} class="button button--secondary button--s">
            {t.openHistory}
          </Link>
        </>
      }
    />
  );
}

function changeText({ field = "", before = "", after = "" }: NonNullable<TimelineEntry["change"]>): string {
  if (field === "created") return t.made;
  const name = t.fields[field] ?? field;
  const [from, to] = [before, after].map((value) => changedValue(field, value, { status: texts.tickets.statuses, priority: texts.tickets.priorities }));
  return to ? t.changedTo(name, from!, to) : t.cleared(name);
}

/** Long texts are cut and can be expanded; a chat log keeps its columns, and begins with the conversation until it is expanded. */
function NoteText({ text, log }: { text: string; log?: boolean }) {
  const [open, setOpen] = useState(false);
  const preview = log ? conversationOf(text) : text;
  const cut = isLong(preview) && !open;
  return (
    <div>
      <div class={classes(log ? "timeline__log" : "timeline__text", cut && "timeline__cut")} dir="auto">
        {log ? <LinkedText text={open ? text : preview} /> : <FormattedText text={text} />}
      </div>
      {(isLong(preview) || preview !== text) && (
        <Button variant="ghost" size="s" onClick={() => setOpen(!open)}>
          {open ? t.showLess : t.showAll}
        </Button>
      )}
    </div>
  );
}

function isLong(text: string): boolean {
  return text.length > LONG || text.split("\n").length > 12;
}

/** The log without its header, which ends with an empty line (spec 4.2). */
function conversationOf(log: string): string {
  return log.slice(log.indexOf("\n\n") + 1).trimStart() || log;
}

/** The chat's files follow its log. */
function isChatLog(files: readonly Attachment[] = []): boolean {
  return /^chat_log_.*\.txt$/.test(files[0]?.name ?? "");
}
