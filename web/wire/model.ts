// What a page holds and may do. Components read the signals and call the actions; nothing else changes state.
import type { ReadonlySignal } from "@preact/signals";

import type {
  Alert, Board, CallbackWish, ChatSettings, ChatSettingsPage, Company, CompleteSessionRequest, DirectoryPerson, Holiday, Person, Places, Presence, PersonPresence,
  PresenceSettings, PresenceSettingsPage,
  Priority, SessionCard, SignIn, SupportState, Ticket, TicketList, TicketPage, TicketStatus, TimelineEntry,
} from "./proto.ts";
import type { Unread } from "./reads.ts";
import type { Refused } from "./refused.ts";
import type { ChatLine, SessionState } from "./session_state.ts";

export type App = "tech" | "portal";

export type Connection =
  | { state: "connected" }
  | { state: "reconnecting"; retryAt: number | null } // ms of this machine's clock; null = trying right now
  | { state: "offline" }; // the browser says that there is no network

/** A message of one's own that the server has not accepted yet. */
export type Pending = {
  commandId: string;
  text: string;
  at: number; // ms, by the server's clock
  state: "sending" | "waiting" | "slowed" | "failed"; // waiting = until the line is back; slowed = until the rate limit lets it pass
  error?: Refused;
};

/** A session as a window shows it. `lines` is what was said, `pending` follows it. Revision 0: not fetched yet, `card` is the listed one, if any. */
export type SessionView = SessionState & {
  id: string;
  pending: readonly Pending[];
  loading: boolean; // nothing fetched yet
  error: Refused | null; // the last fetch failed; kind not_found: gone, or not the person's to see
  typing: readonly Person[];
  unread: Unread; // nothing in a session that the person is not in
};

/** Something that happened now, while the page was open: what sounds, notifications and unread counts are made of. */
export type LiveEvent =
  | { kind: "message"; sessionId: string; line: ChatLine & { kind: "message" } } // by someone else
  | { kind: "alert"; alert: Alert }
  | { kind: "card"; card: SessionCard; before: SessionCard | undefined };

export type Ending =
  | Pick<CompleteSessionRequest, "create"> | Pick<CompleteSessionRequest, "attach"> | Pick<CompleteSessionRequest, "none">
  | Pick<CompleteSessionRequest, "ownTicket"> | Pick<CompleteSessionRequest, "closingNote">;

export type TicketQuery = { search?: string; status?: readonly TicketStatus[]; customer?: string; board?: string; page?: string };
export type NewTicket = { summary: string; text?: string; boardId?: string; customerId?: string; priority?: Priority; commandId?: string };
/** `commandId`: the same when it is sent again after a lost answer; left out, it gets one of its own. */
export type NewNote = { text: string; internal?: boolean; commandId?: string };
export type NewChat = { text: string; ticketId?: string; commandId?: string };
export type NewCallback = { text: string; wish: CallbackWish; commandId?: string };
export type TicketUpdate = { summary?: string; status?: TicketStatus; priority?: Priority; boardId?: string; assigneeId?: string };

/** Calls reject with Refused, also when the network is down (kind unavailable); writes are idempotent and retried by themselves. */
export interface Tickets {
  list(query?: TicketQuery): Promise<TicketList>;
  /** With its whole timeline, however many answers that takes. */
  get(id: string): Promise<Pick<TicketPage, "ticket" | "timeline">>;
  create(ticket: NewTicket): Promise<Ticket>;
  addNote(id: string, note: NewNote): Promise<TimelineEntry>;
  update(id: string, change: TicketUpdate): Promise<Ticket>;
  attachmentUrl(ticketId: string, attachmentId: string): string;
  /** Each change of a ticket while the page is open; returns how to stop. */
  onChange(listener: (ticket: Ticket) => void): () => void;
}

export interface Store {
  readonly app: App;
  readonly me: ReadonlySignal<SignIn | null>; // null until the first start
  readonly connection: ReadonlySignal<Connection>;
  readonly startError: ReadonlySignal<Refused | null>; // the last /start failed; it is tried again by itself
  readonly missing: ReadonlySignal<readonly string[]>; // services that did not answer at start, by name
  /** Grows with each /start that was answered: what a page fetched by itself before that, it asks for again. */
  readonly starts: ReadonlySignal<number>;
  readonly cards: ReadonlySignal<ReadonlyMap<string, SessionCard>>;
  readonly alerts: ReadonlySignal<readonly Alert[]>; // newest first
  readonly sessions: ReadonlySignal<ReadonlyMap<string, SessionView>>; // those one is in, and those opened
  readonly unread: ReadonlySignal<number>; // messages, in all sessions that the person is in
  readonly presence: ReadonlySignal<PersonPresence | null>; // one's own
  readonly tickets: Tickets;

  sessionOf(id: string): ReadonlySignal<SessionView | undefined>;
  presenceOf(personId: string): ReadonlySignal<Presence>; // PRESENCE_UNSPECIFIED until known
  /** These people are on screen until the answer is called. */
  watchPeople(personIds: readonly string[]): () => void;
  serverNow(): number;
  onLiveEvent(listener: (event: LiveEvent) => void): () => void;

  start(): void;
  stop(): void;
  tryNow(): void;
  signOut(): Promise<void>;

  /** Fetches and follows; a repeat is harmless. Sessions one is in are held anyway. */
  openSession(id: string): Promise<void>;
  closeSession(id: string): void;
  /** The newest message of the session is before the person's eyes; nothing while the page is hidden. */
  seen(id: string): void;
  /** Keeps the text until the server has it; blank text is ignored. */
  post(id: string, text: string): void;
  retry(id: string, commandId: string): void;
  discard(id: string, commandId: string): void;
  /** What is typed and not sent yet, by session or by any other name of a place where one types. */
  draft(key: string): string;
  saveDraft(key: string, text: string): void;
  addToDraft(key: string, text: string): void;
  typing(id: string): void;
  /** After what was typed before, however long that takes (unsentOf says what it waits for); so does complete. */
  leave(id: string): Promise<void>;

  // TECH. join rejects with code joined_first, details person_name and may_join ("true" or "false"), for who came second.
  join(id: string, mode: "take" | "also"): Promise<void>;
  complete(id: string, ending: Ending, stop?: AbortSignal): Promise<void>;
  amendNote(id: string, note: string): Promise<void>;
  invite(id: string, engineerId: string): Promise<void>;
  pushChat(ticketId: string, text?: string): Promise<string>; // the session's id
  withdraw(id: string): Promise<void>;
  dismissAlert(sessionId: string): Promise<void>;
  choosePresence(presence: Presence): Promise<void>;
  places(): Promise<Places>;
  /** The first thousand by name; `search` are words of the name or the e-mail. */
  people(query?: { kind?: "engineer" | "customer"; company?: string; search?: string }): Promise<readonly DirectoryPerson[]>;
  person(id: string): Promise<DirectoryPerson>;
  /** Makes or changes a board or company (admins). */
  putEntry(entry: { board: Board } | { company: Company }): Promise<void>;
  /** Ends somebody's connections (admins); the answer is how many there were. */
  endConnections(personId: string, reason: string): Promise<number>;
  chatSettings(): Promise<ChatSettingsPage>;
  updateChatSettings(settings: ChatSettings, version: number): Promise<ChatSettingsPage>;
  presenceSettings(): Promise<PresenceSettingsPage>;
  updatePresenceSettings(settings: PresenceSettings, version: number): Promise<PresenceSettingsPage>;
  /** A country's public holidays, by its two letters; nothing is stored. */
  holidays(country: string, year: number): Promise<readonly Holiday[]>;

  // Portal. opened = false: a chat was active already and came back; what was typed was not sent.
  support(ticketId?: string): Promise<SupportState>;
  requestChat(chat: NewChat): Promise<{ sessionId: string; opened: boolean }>;
  openCallback(callback: NewCallback): Promise<{ sessionId: string; opened: boolean }>;
  convertToCallback(id: string, wish: CallbackWish): Promise<void>;
  answerPush(id: string, answer: "accept" | "decline"): Promise<void>;
}
