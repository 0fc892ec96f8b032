// A fake gateway: sockets with frames, HTTP responses, the test's clock. A test can disconnect it.
import { cardsDigest } from "../digest.ts";
import type { App } from "../model.ts";
import type { Person, ReadPosition, Refusal, Session, SessionCard, SessionEntry, SessionEvent, SessionList, Start } from "../proto.ts";
import { apply, type SessionState } from "../session_state.ts";
import type { Frame, OwnFrame } from "../socket.ts";

export const MIA: Person = { id: "mia", name: "Mia Torres", side: "SIDE_CUSTOMER" };
export const AVA: Person = { id: "ava", name: "Ava Chen", side: "SIDE_ENGINEER" };
/** Ava as an admin of the whole desk. */
export const ADMIN = { ...AVA, role: "ROLE_ADMIN", access: { allCompanies: true, allBoards: true } };

type Answer = { status: number; body?: unknown };
type Route = (body: Record<string, unknown>, url: URL) => Answer | Promise<Answer>;

export class FakeServer {
  readonly log = new Map<string, SessionEntry[]>();
  readonly calls: string[] = []; // "METHOD path" of each call that arrived
  readonly received: OwnFrame[] = [];
  readonly idle: number[] = []; // seconds without activity in each new socket's URL
  readonly reads = new Map<string, number>(); // session -> the person's read position
  readonly routes = new Map<string, Route>(); // in addition to the built-in ones
  pageEntries = 500;
  maxFileBytes = 0;
  refusals: Refusal[] = []; // for the next posts
  sockets = new Set<FakeSocket>();
  reachable = true;
  /** The sign-in of the browser's cookie. A test changes it to sign in another person. */
  signIn = "sign-in-1";
  /** Frames and calls arrive, but their responses are lost. */
  responsesLost = false;
  #cards = new Map<string, SessionState>();

  constructor(
    readonly app: App = "portal",
    readonly me: Person = MIA,
  ) {}

  /** Appends an accepted command and publishes it to every page. */
  commit(sessionId: string, by: Person, commandId: string, ...events: SessionEvent[]): SessionEntry {
    const entries = this.log.get(sessionId) ?? [];
    const revision = entries.length + 1;
    const entry = { sessionId, revision, at: new Date().toISOString(), by, commandId, events, hash: `${sessionId}-${revision}` };
    this.log.set(sessionId, [...entries, entry]);
    const state = apply(this.#cards.get(sessionId) ?? null, entry, this.app === "tech" ? "engineer" : "customer");
    if (state === "gap") throw new Error("an entry has a wrong revision");
    this.#cards.set(sessionId, state);
    this.publish({ t: "entry", entry });
    // A message changes no card but in its revision and time.
    if (events.length && events.every((event) => event.messagePosted)) return entry;
    this.publish(state.card.older ? { t: "cardGone", sessionId, revision, older: true } : { t: "card", card: state.card });
    return entry;
  }

  open(sessionId: string, by = MIA, text = "Printer is on fire"): void {
    const sessionOpened = { type: "CHAT_TYPE_REQUEST", status: "CHAT_STATUS_WAITING", title: text, customer: MIA } as const;
    this.commit(sessionId, by, `open-${sessionId}`, { sessionOpened }, { participantJoined: { person: by } }, message(`open-${sessionId}`, text));
  }

  card(sessionId: string): SessionCard {
    return this.#cards.get(sessionId)?.card ?? {};
  }

  texts(sessionId: string): string[] {
    return (this.log.get(sessionId) ?? []).flatMap((entry) => (entry.events ?? []).flatMap((event) => event.messagePosted?.text ?? []));
  }

  publish(frame: Frame): void {
    for (const socket of this.sockets) socket.deliver(frame);
  }

  digest(): void {
    const sessions = Object.fromEntries([...this.log].map(([id, entries]) => [id, entries.length]));
    this.publish({ t: "digest", sessions, cards: cardsDigest(this.cards()) });
  }

  cards(): SessionCard[] {
    return this.cardsOf(false);
  }

  /** Those that became older, newest first, or all others. */
  cardsOf(older: boolean): SessionCard[] {
    const cards = [...this.#cards.values()].map((state) => state.card).filter((card) => Boolean(card.older) === older);
    return older ? cards.reverse() : cards;
  }

  /** Closes every socket and accepts no new one. */
  cut(code = 1006): void {
    this.reachable = false;
    for (const socket of [...this.sockets]) socket.closeWith(code);
  }

  restore(): void {
    this.reachable = true;
  }

  get WebSocket(): typeof WebSocket {
    // The page calls `new` on this function and gets the object that it returns.
    const server = this;
    return function (url: string) {
      return new FakeSocket(server, url);
    } as unknown as typeof WebSocket;
  }

  fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    if (!this.reachable) throw new TypeError("Failed to fetch");
    const url = new URL(String(input), "http://parley.test");
    const path = url.pathname.replace(`/${this.app}/api`, "");
    const key = `${init.method ?? "GET"} ${path}`;
    this.calls.push(key);
    const refusal = this.#refusal(init);
    if (refusal) return new Response(JSON.stringify({ error: refusal }), { status: refusal.kind === "unauthenticated" ? 401 : 400 });
    const body = init.body ? (JSON.parse(String(init.body)) as Record<string, unknown>) : {};
    const answer = await (this.routes.get(key) ?? this.#builtIn(key))(body, url);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (this.responsesLost || !this.reachable) throw new TypeError("Failed to fetch");
    return new Response(answer.status === 204 ? null : JSON.stringify(answer.body), { status: answer.status });
  };

  receive(socket: FakeSocket, frame: OwnFrame): void {
    this.received.push(frame);
    if (frame.t === "read") return this.read(frame.sessionId ?? "", frame.revision ?? 0);
    if (frame.t !== "post" && frame.t !== "note") return;
    const { sessionId = "", commandId = "", previousCommandId = "", text = "" } = frame;
    const mine = (this.log.get(sessionId) ?? []).filter((entry) => entry.by?.id === this.me.id);
    const refuse = (code: string): void => socket.deliver({ t: "refused", commandId, refusal: { kind: "failed_precondition", code, message: code } });
    if (previousCommandId && !mine.some((entry) => entry.commandId === previousCommandId)) return refuse("out_of_order");
    const refusal = this.refusals.shift();
    if (refusal) return socket.deliver({ t: "refused", commandId, refusal });
    const { status } = this.card(sessionId);
    if (status !== "CHAT_STATUS_WAITING" && status !== "CHAT_STATUS_HANDLED") return refuse("step_not_allowed");
    const first = mine.find((entry) => entry.commandId === commandId);
    const entry = first ?? this.commit(sessionId, this.me, commandId, frame.t === "note" ? note(commandId, text) : message(commandId, text, frame.fileIds));
    socket.deliver({ t: "posted", sessionId, commandId, revision: entry.revision ?? 0 });
  }

  // Spec 10.8, as in the gateway.
  #refusal(init: RequestInit): Refusal | null {
    const named = new Headers(init.headers).get("Parley-Sign-In");
    if (named && named !== this.signIn) return { kind: "unauthenticated", code: "other_sign_in", message: "Somebody else signed in in this browser." };
    if (!named && (init.method ?? "GET") !== "GET") return { kind: "invalid_argument", code: "sign_in_not_named", field: "Parley-Sign-In" };
    return null;
  }

  /** Moves the person's read position, from this page or elsewhere. */
  read(sessionId: string, revision: number): void {
    this.reads.set(sessionId, Math.max(revision, this.reads.get(sessionId) ?? 0));
    this.publish({ t: "read", sessionId, personId: this.me.id ?? "", revision });
  }

  #positions(): ReadPosition[] {
    return [...this.reads].map(([sessionId, revision]) => ({ sessionId, personId: this.me.id, revision }));
  }

  #builtIn(key: string): Route {
    if (key === "GET /older-sessions") return (_, url) => ({ status: 200, body: this.#olderPage(url.searchParams) });
    if (key === "GET /start") return () => ({ status: 200, body: this.#start() });
    const id = /^GET \/sessions\/([^/]+)$/.exec(key)?.[1];
    if (!id) return () => ({ status: 404, body: { error: { kind: "not_found", code: "no_route", message: key } } });
    return (_, url) => {
      const entries = this.log.get(id);
      if (!entries) return { status: 404, body: { error: { kind: "not_found", code: "session_not_found", message: "There is no such session." } } };
      const later = entries.slice(Number(url.searchParams.get("after")));
      const session: Session = { card: this.card(id), entries: later.slice(0, this.pageEntries), hash: entries.at(-1)?.hash };
      const reads = this.#positions().filter((position) => position.sessionId === id);
      return { status: 200, body: { session, reads, more: later.length > this.pageEntries, maxFileBytes: this.maxFileBytes } };
    };
  }

  /** A page of two, by the position of the first. */
  #olderPage(query: URLSearchParams): SessionList {
    const found = this.cardsOf(true).filter((card) => card.status === query.get("status"));
    const [at, end] = [Number(query.get("page")), Number(query.get("page")) + 2];
    return { cards: found.slice(at, end), total: at ? 0 : found.length, nextPageToken: end < found.length ? String(end) : "" };
  }

  #start(): Start {
    const person = { id: this.me.id, name: this.me.name };
    return { me: { id: this.signIn, person, desk: { name: "Harbour IT" }, expiresAt: "2100-01-01T00:00:00Z" }, cards: this.cards(), alerts: [], reads: this.#positions(), serverTime: new Date().toISOString(), missing: [] };
  }
}

export function message(messageId: string, text: string, fileIds: readonly string[] = []): SessionEvent {
  return { messagePosted: { messageId, text, ...(fileIds.length && { files: fileIds.map((id) => ({ id, name: id })) }) } };
}

export function note(noteId: string, text: string): SessionEvent {
  return { noteWritten: { noteId, text } };
}

export class FakeSocket {
  readyState = 0;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  /** Frames are dropped in both directions and no close event arrives, as with a cut cable. */
  dropsFrames = false;
  readonly url: string;
  #server: FakeServer;
  #named: string | null;
  #beats: ReturnType<typeof setInterval> | undefined;

  constructor(server: FakeServer, url: string) {
    this.#server = server;
    this.url = url;
    const query = new URL(url).searchParams;
    server.idle.push(Number(query.get("idle")));
    this.#named = query.get("sign_in");
    setTimeout(() => this.#opened(), 5);
  }

  send(text: string): void {
    if (!this.dropsFrames) this.#server.receive(this, JSON.parse(text) as OwnFrame);
  }

  deliver(frame: Frame): void {
    const lost = this.dropsFrames || this.#server.responsesLost;
    if (!lost) queueMicrotask(() => this.readyState === 1 && this.onmessage?.({ data: JSON.stringify(frame) }));
  }

  close(): void {
    clearInterval(this.#beats);
    this.readyState = 3;
    this.#server.sockets.delete(this);
  }

  closeWith(code: number): void {
    this.close();
    this.onclose?.({ code });
  }

  #opened(): void {
    if (this.readyState !== 0) return;
    if (!this.#server.reachable) return this.closeWith(1006);
    if (this.#named && this.#named !== this.#server.signIn) return this.closeWith(4401);
    this.readyState = 1;
    this.#server.sockets.add(this);
    this.deliver({ t: "welcome", connectionId: "c", serverTime: new Date().toISOString(), replica: "gateway-1", signInId: this.#server.signIn });
    this.#beats = setInterval(() => this.deliver({ t: "serverBeat", serverTime: new Date().toISOString() }), 4_000);
  }
}
