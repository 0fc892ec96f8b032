// The page's state and actions. Components read the signals and call the actions; nothing else changes state.
import type { ReadonlySignal } from "@preact/signals";

import type { Alerting } from "./alerting.ts";
import type { Audit } from "./audit.ts";
import type { CannedReplies } from "./canned_replies.ts";
import type { Notify } from "./notify.ts";
import type { OlderList, OlderStatus } from "./older.ts";
import type {
  Alert, Attachment, Board, CallbackWish, ChatFile, ChatLogProof, ChatSettings, ChatSettingsPage, Company, CompleteSessionRequest, Desk, DeskFigures, DirectoryPerson, Holiday, Person, BoardsAndCompanies, Presence, PersonPresence,
  PresenceSettings, PresenceSettingsPage,
  ChatStatus, ChatType, HistoryPage, Priority, SessionCard, SignIn, SupportState, Ticket, TicketList, TicketPage, TicketStatus, TimelineEntry,
} from "./proto.ts";
import type { ReadMarks } from "./read_marks.ts";
import type { Unread } from "./reads.ts";
import type { Refused } from "./refused.ts";
import type { Sending } from "./send_file.ts";
import type { ChatLine, SessionState } from "./session_state.ts";
import type { Webhooks } from "./webhooks.ts";

export type App = "tech" | "portal";

export type Connection =
  | { state: "connected" }
  | { state: "reconnecting"; retryAt: number | null } // ms of this machine's clock; null = trying right now
  | { state: "offline" }; // the browser reports no network

/** An own message or internal note that the server has not accepted yet. */
export type Pending = {
  commandId: string;
  text: string;
  at: number; // ms, by the server's clock
  internal?: true; // a note, which only engineers see
  files?: readonly ChatFile[]; // sent with it
  state: "sending" | "waiting" | "slowed" | "failed"; // waiting = for the connection; slowed = for the rate limit
  error?: Refused;
};

/** A session as a window shows it. `pending` follows `lines`. Revision 0 means not fetched; `card` is then the listed one, if any. */
export type SessionView = SessionState & {
  id: string;
  pending: readonly Pending[];
  loading: boolean; // nothing fetched yet
  error: Refused | null; // the last fetch failed; kind not_found: it does not exist, or no access
  typing: readonly Person[];
  unread: Unread; // empty in a session that the person is not in
  marks: ReadMarks; // of the person's own messages; none in a session that has ended
};

/** Something that happened while the page was open. Sounds, notifications and announcements use it. */
export type LiveEvent =
  | { kind: "message"; sessionId: string; line: ChatLine & { kind: "message" } } // by someone else
  | { kind: "alert"; alert: Alert }
  | { kind: "card"; card: SessionCard; before: SessionCard | undefined };

export type Ending =
  | Pick<CompleteSessionRequest, "create"> | Pick<CompleteSessionRequest, "attach"> | Pick<CompleteSessionRequest, "none">
  | Pick<CompleteSessionRequest, "ownTicket"> | Pick<CompleteSessionRequest, "closingNote">;

/** `before`: seconds since 1970, only tickets without a change since then. `sort`: a column, empty = the last change. `reversed`, `unassigned`: "1" or empty. */
export type TicketQuery = {
  search?: string; status?: readonly TicketStatus[]; customer?: string; board?: string; assignee?: string; unassigned?: string; priority?: readonly Priority[];
  before?: string; sort?: string; reversed?: string; size?: string; page?: string;
};
/** `from`, `until` (not included): seconds since 1970. `size`: sessions of a page, 1 to 100. */
export type HistoryQuery = { company?: string; customer?: string; status?: ChatStatus; type?: ChatType; from?: string; until?: string; search?: string; size?: string; page?: string };
/** `date`: YYYY-MM-DD in the desk's zone, empty = today; an empty `company` or `board` = all. */
export type FigureQuery = { date?: string; company?: string; board?: string };
export type NewTicket = { summary: string; text?: string; boardId?: string; customerId?: string; priority?: Priority; commandId?: string };
/** `commandId` stays the same when the note is sent again after a lost answer. Without it, a new one is made. */
export type NewNote = { text: string; internal?: boolean; attachmentIds?: readonly string[]; commandId?: string };
export type NewChat = { text: string; ticketId?: string; commandId?: string };
export type NewCallback = { text: string; wish: CallbackWish; commandId?: string };
export type TicketUpdate = { summary?: string; status?: TicketStatus; priority?: Priority; boardId?: string; assigneeId?: string; customerId?: string };

/** Calls reject with Refused, also without a network (kind unavailable). Writes are idempotent and retried automatically. */
export interface Tickets {
  list(query?: TicketQuery): Promise<TicketList>;
  /** The ticket with its whole timeline, over as many requests as needed. */
  get(id: string): Promise<Pick<TicketPage, "ticket" | "timeline" | "maxAttachmentBytes">>;
  create(ticket: NewTicket): Promise<Ticket>;
  addNote(id: string, note: NewNote): Promise<TimelineEntry>;
  update(id: string, change: TicketUpdate): Promise<Ticket>;
  /** Stores a file for a note, which names it by its id. */
  upload(id: string, file: File, sending: Sending): Promise<Attachment>;
  attachmentUrl(ticketId: string, attachmentId: string): string;
  /** Calls the listener on each change of a ticket. Returns a function that removes it. */
  onChange(listener: (ticket: Ticket) => void): () => void;
}

/** `next`: the token of the next page; "" when no further people match. */
export interface PeopleFound {
  people: readonly DirectoryPerson[];
  next: string;
}

export interface Store {
  readonly app: App;
  readonly me: ReadonlySignal<SignIn | null>; // null until the first start
  readonly connection: ReadonlySignal<Connection>;
  readonly startError: ReadonlySignal<Refused | null>; // the last /start failed; it is retried automatically
  readonly missing: ReadonlySignal<readonly string[]>; // services that did not answer at start, by name
  /** Grows with each answered /start. A page then fetches again what it fetched before. */
  readonly starts: ReadonlySignal<number>;
  readonly alerting: Alerting;
  readonly cards: ReadonlySignal<ReadonlyMap<string, SessionCard>>;
  /** Abandoned and call-back sessions that nobody closed for long, by status. `cards` has those that are loaded. Customers have their call-backs. */
  readonly older: ReadonlySignal<Readonly<Record<OlderStatus, OlderList>>>;
  readonly alerts: ReadonlySignal<readonly Alert[]>; // newest first
  /** Those opened, those of the person whose windows open by themselves, and those of the person that have unread entries. */
  readonly sessions: ReadonlySignal<ReadonlyMap<string, SessionView>>;
  readonly largestFile: ReadonlySignal<number>; // that a chat takes, in bytes; 0 until a session is fetched, and if the server takes none
  readonly unread: ReadonlySignal<number>; // messages, in all sessions that the person is in
  readonly presence: ReadonlySignal<PersonPresence | null>; // the person's own
  readonly tickets: Tickets;
  readonly notify: Notify;
  readonly webhooks: Webhooks;
  readonly audit: Audit;
  readonly cannedReplies: CannedReplies;

  sessionOf(id: string): ReadonlySignal<SessionView | undefined>;
  /** Loads the next page of older sessions. Rejects with Refused. */
  moreOlder(status: OlderStatus): Promise<void>;
  presenceOf(personId: string): ReadonlySignal<Presence>; // PRESENCE_UNSPECIFIED until received
  /** Watches these people's presence until the returned function is called. */
  watchPeople(personIds: readonly string[]): () => void;
  /** The engineers who view the ticket on this page, with the page's own person. */
  readonly ticketViewers: ReadonlySignal<readonly Person[]>;
  /** The page shows this ticket until the returned function is called. */
  viewTicket(id: string): () => void;
  serverNow(): number;
  onLiveEvent(listener: (event: LiveEvent) => void): () => void;

  start(): void;
  stop(): void;
  tryNow(): void;
  signOut(): Promise<void>;

  /** Fetches and follows a session; idempotent. */
  openSession(id: string): Promise<void>;
  closeSession(id: string): void;
  /** Marks the session's newest message as seen. Does nothing while the page is hidden. */
  seen(id: string): void;
  /** Keeps the text until the server has it; blank text without files is ignored. `internal`: as a note, which only engineers see and which has no files. */
  post(id: string, text: string, internal?: boolean, files?: readonly ChatFile[]): void;
  /** Stores a file for a message of the session, which names it by its id. */
  uploadFile(id: string, file: File, sending: Sending): Promise<ChatFile>;
  fileUrl(id: string, fileId: string): string;
  retry(id: string, commandId: string): void;
  discard(id: string, commandId: string): void;
  /** Text that is typed and not sent, by session id or another draft key. */
  draft(key: string): string;
  saveDraft(key: string, text: string): void;
  /** Calls with the text that another tab of this browser gave the draft. Returns a function that stops it. */
  onDraft(key: string, listener: (text: string) => void): () => void;
  addToDraft(key: string, text: string): void;
  /** The names of the files that a message of the session waits for, as this tab kept them through a reload. Another tab has files of its own. */
  fileNames(id: string): string;
  keepFileNames(id: string, names: string): void;
  typing(id: string): void;
  /** Waits until earlier messages are sent, without a time limit (see unsentOf). `complete` does the same. */
  leave(id: string): Promise<void>;

  // TECH. For the second engineer, join rejects with code joined_first and details person_name and may_join ("true" or "false").
  join(id: string, mode: "take" | "also"): Promise<void>;
  complete(id: string, ending: Ending, stop?: AbortSignal): Promise<void>;
  /** Nobody answered a call-back: call again at this moment. */
  postponeCallback(id: string, nextCallAt: string): Promise<void>;
  amendNote(id: string, note: string): Promise<void>;
  invite(id: string, engineerId: string): Promise<void>;
  /** Asks an engineer, or the engineers of a board, to take the session over (spec 13.2). */
  askTransfer(id: string, target: { engineerId: string } | { boardId: string }): Promise<void>;
  /** After the end of the transfer, rejects with code transfer_over and details person_name. */
  answerTransfer(id: string, answer: "accept" | "decline" | "withdraw"): Promise<void>;
  pushChat(ticketId: string, text?: string): Promise<string>; // the session's id
  withdraw(id: string): Promise<void>;
  dismissAlert(sessionId: string): Promise<void>;
  choosePresence(presence: Presence): Promise<void>;
  boardsAndCompanies(): Promise<BoardsAndCompanies>;
  /**
   * The first people, up to `limit`, by name, or those from `page` on. `search` matches the beginnings of words of the name or the email
   * address. `active`: only those who are not disabled and whose company is not archived.
   */
  people(query: { kind?: "engineer" | "customer"; company?: string; search?: string; active?: boolean; limit: number; page?: string }): Promise<PeopleFound>;
  person(id: string): Promise<DirectoryPerson>;
  /** A page of the sessions that the engineer may see, newest first. It may have no sessions although there is a next page. */
  history(query: HistoryQuery): Promise<HistoryPage>;
  /** The desk's figures of a day, for supervisors and admins. */
  figures(query: FigureQuery): Promise<DeskFigures>;
  /** Whether the file with this SHA-256 is a chat log of the session (engineers). */
  chatLogProof(sessionId: string, sha256: string): Promise<ChatLogProof>;
  /** The person with the revision for putEntry. */
  personEntry(id: string): Promise<{ person: DirectoryPerson; revision: number }>;
  /** Creates or updates a board, company or person (admins). `ifRevision`: rejects with code changed_meanwhile if another one is stored. */
  putEntry(entry: { board: Board } | { company: Company } | { desk: Desk } | { person: DirectoryPerson }, ifRevision?: number): Promise<void>;
  /** Ends a person's connections (admins) and returns how many there were. */
  endConnections(personId: string, reason: string): Promise<number>;
  chatSettings(): Promise<ChatSettingsPage>;
  updateChatSettings(settings: ChatSettings, version: number): Promise<ChatSettingsPage>;
  presenceSettings(): Promise<PresenceSettingsPage>;
  updatePresenceSettings(settings: PresenceSettings, version: number): Promise<PresenceSettingsPage>;
  /** Public holidays of a country (two-letter code). Stores nothing. */
  holidays(country: string, year: number): Promise<readonly Holiday[]>;

  // Portal. opened = false: an active chat was returned instead, and the text was not sent.
  support(ticketId?: string): Promise<SupportState>;
  requestChat(chat: NewChat): Promise<{ sessionId: string; opened: boolean }>;
  openCallback(callback: NewCallback): Promise<{ sessionId: string; opened: boolean }>;
  /** Of a waiting chat, or with another wish of an open call-back. */
  convertToCallback(id: string, wish: CallbackWish): Promise<void>;
  cancelCallback(id: string): Promise<void>;
  /** After the end: whether it was solved. The comment may follow in a second call with the same answer. */
  giveFeedback(id: string, solved: boolean, comment?: string): Promise<void>;
  answerPush(id: string, answer: "accept" | "decline"): Promise<void>;
}
