import { Contact, LogOut, Minus, MoreVertical, UserPlus, X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";

import { IconButton } from "../button/button";
import { classes } from "../classes";
import { Menu, type MenuEntry } from "../menu/menu";
import { Avatar } from "../person/avatar";
import { Badge } from "../surface/surface";
import { uiTexts } from "../texts";
import type { ChatFiles } from "../files/chat_files";
import { fileTexts } from "../files/texts";
import { ChatLog } from "./chat_log";
import { Composer, type CannedReplies, type NoteChoice } from "./composer";
import { ConnectionBar, type ConnectionState } from "./connection_state";
import type { ChatItem, ChatMember, ReadMarks } from "./model";
import "./chat_window.css";

export interface ChatWindowProps {
  title: string;
  /** Shown before the title, such as #12. */
  ticket?: string;
  /** The reader's id. Their messages are on the other side. */
  me: string;
  /** App and person, such as tech:ava, by which what the person keeps on this device is stored. */
  owner: string;
  items: ChatItem[];
  /** Not loaded yet: the log shows a skeleton. */
  loading?: boolean;
  /** The conversation failed to load: what happened, what comes next, and a retry. */
  error?: { text: string; next?: string; onRetry: () => void };
  /** The customer that the chat is with, shown also when all have left; for the engineers. */
  customer?: { name: string; company?: string };
  people: ChatMember[];
  /** Key of the first unread item. The "New" divider is above it. */
  unreadFrom?: string;
  marks?: ReadMarks;
  /** Unread messages; shown while minimised. */
  unread?: number;
  /** Unread messages in other chats; shown on a phone, where an open window hides them. */
  elsewhere?: number;
  minimised?: boolean;
  connection: ConnectionState;
  /** Names of the people who are typing. */
  typing?: string[];
  /** A notice above the composer. */
  notice?: ComponentChildren;
  draft: string;
  onDraft: (text: string) => void;
  /** The text is trimmed and not empty. The caller clears the draft. */
  onSend: (text: string) => void;
  onRetry: (key: string) => void;
  /** Why the chat is read-only; disables the composer. */
  readOnly?: string;
  maxChars?: number;
  /** Set for those who may write internal notes. */
  notes?: NoteChoice;
  /** Those of the message that is being written. Without, none can be attached. */
  files?: ChatFiles;
  /** Found by a slash in the composer. */
  replies?: CannedReplies;
  menu?: MenuEntry[];
  /** The customer's details: while they are open, `panel` is beside the window, or `sheet` in front of it. */
  details?: { open: boolean; onToggle: () => void; panel?: ComponentChildren; sheet?: ComponentChildren };
  /** The newest item is in view. */
  onSeen?: () => void;
  onMinimise?: () => void;
  onRestore?: () => void;
  onClose?: () => void;
  onAddEngineer?: () => void;
  onLeave?: () => void;
  /** Why the reader cannot leave now; disables the button. */
  whyNotLeave?: string;
  /** Each new number moves the focus into the composer. */
  focus?: number;
  class?: string;
}

/** One conversation. It has no state of the session, so a reload shows the same. */
export function ChatWindow(props: ChatWindowProps) {
  const { title, items, me, marks, unreadFrom, loading, error, minimised, onSeen, onRetry, details } = props;
  // Memoized, so that typing does not render the log again: it may hold hundreds of messages.
  const log = useMemo(
    () => <ChatLog {...{ items, me, marks, unreadFrom, loading, error, onSeen, onRetry }} />,
    [items, me, marks, unreadFrom, loading, error?.text],
  );
  const drop = minimised || props.readOnly ? undefined : props.files?.drop;
  return (
    <section
      class={classes("chat", drop && "file-drop", drop?.over && "file-drop--over", minimised && "chat--minimised", !minimised && Boolean(details?.panel) && "chat--beside", props.class)}
      aria-label={uiTexts.chat.region(title)}
      data-drop={fileTexts.drop}
      {...drop?.handlers}
    >
      <TitleBar {...props} />
      {!minimised && (
        <>
          {details?.panel && (
            <div class="chat__details" role="group" aria-label={uiTexts.chat.customer}>
              {details.panel}
            </div>
          )}
          <PeopleStrip {...props} />
          {log}
          {/* Always rendered, so that nothing moves when the text comes and goes. */}
          <p class="chat__typing">{props.typing && props.typing.length > 0 && uiTexts.chat.typing(props.typing)}</p>
          {props.notice && <div class="chat__notice">{props.notice}</div>}
          <Composer
            owner={props.owner}
            draft={props.draft}
            onDraft={props.onDraft}
            onSend={props.onSend}
            readOnly={props.readOnly}
            maxChars={props.maxChars ?? 4000}
            focus={props.focus}
            replies={props.replies}
            notes={props.notes}
            files={props.files}
          />
          <ConnectionBar connection={props.connection} writable={!props.readOnly} />
          {details?.sheet}
        </>
      )}
    </section>
  );
}

function TitleBar({ title, ticket, unread = 0, elsewhere = 0, minimised, menu, details, onMinimise, onRestore, onClose }: ChatWindowProps) {
  const heading = (
    <>
      {ticket && <span class="chat__ticket tabular">{ticket}</span>}
      <span class="chat__title-text" dir="auto">{title}</span>
    </>
  );
  return (
    <header class="chat__bar">
      <h2 class="chat__title" title={title}>
        {minimised && onRestore ? (
          <button type="button" class="chat__restore" onClick={onRestore} aria-label={uiTexts.chat.restore([ticket, title].filter(Boolean).join(" "), unread)} title={title}>
            {heading}
          </button>
        ) : (
          heading
        )}
      </h2>
      {minimised && unread > 0 && (
        <>
          <Badge count={unread} />
          <span class="unseen">{uiTexts.chat.unread(unread)}</span>
        </>
      )}
      {!minimised && elsewhere > 0 && (
        <span class="chat__elsewhere">
          <Badge count={elsewhere} />
          <span class="unseen">{uiTexts.chat.elsewhere(elsewhere)}</span>
        </span>
      )}
      <div class="chat__tools">
        {details && !minimised && <IconButton icon={Contact} label={uiTexts.chat.details} size="s" expanded={details.open} onClick={details.onToggle} />}
        {menu && menu.length > 0 && !minimised && (
          <Menu label={uiTexts.chat.menu} entries={menu} class="button button--icon button--ghost button--s" title={uiTexts.chat.menu}>
            <MoreVertical size={15} aria-hidden="true" />
          </Menu>
        )}
        {/* Keys, so that the focus on one does not become that on the other. */}
        {onMinimise && !minimised && <IconButton key="minimise" icon={Minus} label={uiTexts.chat.minimise} size="s" onClick={onMinimise} />}
        {onClose && <IconButton key="close" icon={X} label={minimised ? uiTexts.chat.closeNamed(title) : uiTexts.chat.close} size="s" onClick={onClose} />}
      </div>
    </header>
  );
}

function PeopleStrip({ customer, people, onAddEngineer, onLeave, whyNotLeave }: ChatWindowProps) {
  return (
    <div class="chat__people">
      <ul class="chat__members" aria-label={uiTexts.chat.people}>
        {people.map((person) => (
          <li key={person.id} class={classes("chat__member", person.invited && "chat__member--invited")}>
            <Avatar id={person.id} name={person.name} side={person.side} presence={person.presence} size="s" named title={memberTitle(person)} />
          </li>
        ))}
      </ul>
      {customer ? <CustomerName {...customer} /> : people.length === 1 && <span class="chat__one-name">{people[0]!.name}</span>}
      <div class="chat__tools">
        {onAddEngineer && <IconButton icon={UserPlus} label={uiTexts.chat.add} size="s" onClick={onAddEngineer} />}
        {onLeave && (
          <IconButton icon={LogOut} label={uiTexts.chat.leave} size="s" disabled={Boolean(whyNotLeave)} hint={whyNotLeave} onClick={onLeave} />
        )}
      </div>
    </div>
  );
}

function CustomerName({ name, company }: { name: string; company?: string }) {
  return (
    <p class="chat__customer" title={[name, company].filter(Boolean).join(" · ")}>
      <bdi>{name}</bdi>
      {company && <bdi class="chat__company">{company}</bdi>}
    </p>
  );
}

function memberTitle({ name, presence, invited }: ChatMember): string {
  const facts = [presence && uiTexts.presence[presence], invited && uiTexts.chat.invited].filter(Boolean);
  return facts.length ? `${name} · ${facts.join(", ")}` : name;
}
