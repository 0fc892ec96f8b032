// Wires the parts of one page to each other and to its socket, and offers them as the Store.
import { batch, computed, signal, type ReadonlySignal } from "@preact/signals";

import { createActions, createTickets } from "./actions.ts";
import { reportActivity } from "./activity.ts";
import { createAudit } from "./audit.ts";
import { createChatFiles } from "./chat_files.ts";
import { createCannedReplies } from "./canned_replies.ts";
import { secondsSince, ServerClock } from "./clock.ts";
import { Drafts } from "./drafts.ts";
import { HeldSessions } from "./held_sessions.ts";
import { Lists } from "./lists.ts";
import type { App, Connection, LiveEvent, SessionView, Store } from "./model.ts";
import { NotifyPage, type NotifyOptions } from "./notify.ts";
import { OlderSessions } from "./older.ts";
import { Outbox } from "./outbox.ts";
import { PersonStorage, storageOf } from "./person_storage.ts";
import { Reads } from "./reads.ts";
import { PeopleOnScreen } from "./people_on_screen.ts";
import type { Session, SessionCard, SessionList, SessionPage, SignedOut, SignIn, Start, Ticket } from "./proto.ts";
import { createReceiver } from "./receiver.ts";
import { createRest, query } from "./rest.ts";
import { SessionBook } from "./session_book.ts";
import { leavePage, PageSignIn, type Leaving } from "./sign_in.ts";
import { Socket } from "./socket.ts";
import { StartFetch } from "./start_fetch.ts";
import { TicketViewers } from "./ticket_viewers.ts";
import { isBlank } from "./text.ts";
import { createWebhooks } from "./webhooks.ts";

export type StoreOptions = Pick<NotifyOptions, "database"> & {
  fetch?: typeof fetch;
  WebSocket?: typeof WebSocket;
  storage?: Storage | null;
  /** The default opens the sign-in page. */
  onSignedOut?: (why: Leaving) => void;
  /** Registers the app's service worker. */
  registerWorker?: () => Promise<ServiceWorkerRegistration>;
};

const TYPING_EACH = 3_000;
/** The person's own chats whose windows open by themselves, or whose outcome is shown: in the Portal all but call-backs, in TECH push chats that wait. */
const opensByItself: Record<App, (card: SessionCard) => boolean> = {
  portal: (card) => card.status !== "CHAT_STATUS_CALLBACK",
  tech: (card) => card.status === "CHAT_STATUS_WAITING",
};

export function createStore(app: App, options: StoreOptions = {}): Store {
  const base = `/${app}/api`;
  const storage = options.storage === undefined ? storageOf() : options.storage;
  const signIn = new PageSignIn({
    storage,
    key: `parley:${app}:sign_in`,
    check: () => void rest.get("/start").catch(() => undefined),
    forget: () => keptByTab?.clear(),
    whoNow: () => createRest({ base, onSignedOut: () => undefined, fetch: options.fetch }).get<Start>("/start").then((start) => start.me?.person?.id),
    isMe: (personId) => personId === myId(),
    disconnect: () => {
      startFetch.stop();
      socket.stop();
    },
    leave: (why) => void notify.left(why).then(() => (options.onSignedOut ?? ((reason) => leavePage(app, reason, signOut.redirect, signOut.form)))(why)),
  });
  const rest = createRest({ base, signInId: () => signIn.id, onSignedOut: (why) => signIn.lost(why), fetch: options.fetch });
  const clock = new ServerClock();
  const me = signal<SignIn | null>(null);
  const connection = signal<Connection>({ state: "reconnecting", retryAt: null });
  const starts = signal(0);
  const missing = signal<readonly string[]>([]);
  const largestFile = signal(0);
  const ticketListeners = new Set<(ticket: Ticket) => void>();
  const liveEventListeners = new Set<(event: LiveEvent) => void>();
  const typedAt = new Map<string, number>();
  let kept: PersonStorage | null = null;
  let keptByTab: PersonStorage | null = null;
  let drafts: Drafts | null = null;
  let outbox: Outbox | null = null;
  let activeAt = Date.now(); // the last activity; loading the page counts
  let stopActivity: (() => void) | undefined;
  let stopDrafts: (() => void) | undefined;
  let signOut: SignedOut = {}; // at the identity provider

  const publish = (event: LiveEvent): void => liveEventListeners.forEach((listener) => listener(event));
  const myId = (): string => me.value?.person?.id ?? "";

  const reads = new Reads({
    me: myId,
    send: (t, sessionId, revision) => socket.send({ t, sessionId, revision }),
    holds: (sessionId) => book.holds(sessionId),
    changed: (sessionId) => book.readChanged(sessionId),
  });
  const book = new SessionBook({
    audience: app === "tech" ? "engineer" : "customer",
    reads,
    fetchSession: async (id, after) => {
      const page = await rest.get<SessionPage>(`/sessions/${encodeURIComponent(id)}?after=${after}`);
      largestFile.value = page.maxFileBytes ?? 0;
      return page;
    },
    pendingOf: (id) => outbox?.pendingOf(id) ?? [],
    onCommand: (id, byId, commandId) => byId === myId() && outbox?.entered(id, commandId),
    onNewLines: (sessionId, lines) => {
      for (const line of lines) if (line.kind === "message" && line.by.id !== myId()) publish({ kind: "message", sessionId, line });
    },
  });
  const older = new OlderSessions({
    statuses: app === "tech" ? ["CHAT_STATUS_ABANDONED", "CHAT_STATUS_CALLBACK"] : ["CHAT_STATUS_CALLBACK"],
    get: (status, page) => rest.get<SessionList>(`/older-sessions${query({ status, page })}`),
  });
  const lists = new Lists(book.views, older.cards);
  const held = new HeldSessions({ book, reads, cards: lists.cards, opensByItself: opensByItself[app], me: myId, send: (sessionIds) => socket.send({ t: "followSessions", sessionIds }) });
  const people = new PeopleOnScreen((personIds) => socket.send({ t: "watchPeople", personIds }));
  const viewers = new TicketViewers((ticketId) => socket.send({ t: "viewTicket", ticketId }));
  const presence = computed(() => people.lastOf(myId()).value);
  const notify = new NotifyPage({ app, rest, storage, send: (frame) => socket.send(frame), register: options.registerWorker, database: options.database });
  const startFetch = new StartFetch({ get: () => rest.get<Start>("/start"), onRequest: () => lists.recordFrames(), onStart: begin });
  const receive = createReceiver({
    ...{ signIn, clock, people, viewers, held, reads, notify, book, lists, older, myId, publish },
    outbox: () => outbox,
    fetchStart: () => void startFetch.fetch(),
    onTicket: (ticket) => ticketListeners.forEach((listener) => listener(ticket)),
  });
  const socket = new Socket({
    // A reconnect is no activity (spec 1.3), so the URL carries the time since the last one.
    url: () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/${app}/socket${query({ idle: String(secondsSince(activeAt)), sign_in: signIn.id })}`,
    WebSocket: options.WebSocket,
    onFrame: (frame) => batch(() => receive(frame)),
    onState: (state) => {
      if (state.state !== "connected") outbox?.disconnected();
      connection.value = state;
    },
    onSignedOut: () => signIn.socketClosed(),
    roundTrip: () => outbox?.takeRoundTrip(),
    onBadFrame: () => outbox?.badFrame(),
    onRefused: () => void rest.get("/start").catch(() => undefined), // reports an ended sign-in
  });

  /** False if the answer is of another sign-in. */
  function begin(start: Start): boolean {
    const person = start.me?.person?.id ?? "";
    if (!signIn.begin(start.me?.id)) {
      signIn.lost("other");
      return false;
    }
    signIn.share();
    clock.sample(start.serverTime);
    me.value = start.me ?? null;
    starts.value += 1;
    missing.value = start.missing ?? [];
    if (start.presence) people.receive([{ ...start.presence, personId: person }]);
    if (!outbox) {
      people.watch([person]);
      kept = new PersonStorage(storage, `${app}:${person}`);
      keptByTab = new PersonStorage(options.storage === undefined ? storageOf(true) : options.storage, `${app}:${person}`);
      drafts = new Drafts(kept);
      stopDrafts = drafts.follow();
      notify.begin(start.me, kept);
      outbox = new Outbox({ storage: kept, send: (frame) => socket.send(frame), now: () => clock.now(), changed: (id) => book.pendingChanged(id) });
    }
    reads.saved(start.reads);
    book.readChanged();
    lists.started(start);
    if (!missing.value.includes("chat")) {
      notify.started(lists.cards.value);
      if (starts.value > 1) older.changed();
      else void older.fetch();
    }
    if (connection.value.state === "connected") outbox.connected();
    return true;
  }

  function applyResult(session: Session | undefined): SessionCard {
    const card = session?.card ?? {};
    batch(() => {
      for (const entry of session?.entries ?? []) book.entry(entry);
      lists.put(card);
      book.card(card);
    });
    return card;
  }

  return {
    app, me, connection, starts, missing, presence,
    startError: startFetch.error,
    largestFile,
    unread: book.unread,
    notify: notify.api,
    cards: lists.cards,
    older: older.lists,
    alerts: lists.alerts,
    sessions: held.views,
    tickets: createTickets(base, rest, ticketListeners),
    webhooks: createWebhooks(rest),
    audit: createAudit(base, rest),
    cannedReplies: createCannedReplies(rest),
    ...createActions(rest, applyResult, book.views),
    ...createChatFiles(base, rest),
    sessionOf: (id) => held.viewOf(id),
    moreOlder: (status) => older.more(status),
    presenceOf: (id) => people.presenceOf(id),
    watchPeople: (ids) => people.watch(ids),
    ticketViewers: viewers.viewers,
    viewTicket: (id) => viewers.view(id),
    serverNow: () => clock.now(),
    onLiveEvent: (listener) => {
      liveEventListeners.add(listener);
      return () => void liveEventListeners.delete(listener);
    },
    start: () => {
      held.start();
      notify.start();
      stopActivity ??= reportActivity(() => socket.send({ t: "activity" }), () => (activeAt = Date.now()));
      socket.start();
    },
    stop: () => {
      held.stop();
      notify.stop();
      stopActivity?.();
      stopActivity = undefined;
      stopDrafts?.();
      startFetch.stop();
      older.stop();
      signIn.stop();
      reads.stop();
      socket.stop();
    },
    tryNow: () => socket.tryNow(),
    signOut: () =>
      signIn.signOut(async () => {
        await notify.signingOut();
        const answer = await rest.write<SignedOut | undefined>("POST", "/sign-out"); // gateways of an earlier version send nothing
        signOut = answer ?? {};
        // Nothing of the person stays on the machine.
        kept?.clear();
        keptByTab?.clear();
      }),
    openSession: (id) => held.open(id),
    closeSession: (id) => held.close(id),
    seen: (id) => reads.seen(book.views.peek().get(id)),
    post: (id, text, internal, files) => {
      if (files?.length || !isBlank(text)) outbox?.post(id, text, internal, files);
      typedAt.delete(id); // typing after it is sent at once
    },
    retry: (id, commandId) => outbox?.retry(id, commandId),
    discard: (id, commandId) => outbox?.discard(id, commandId),
    draft: (key) => drafts?.of(key) ?? "",
    saveDraft: (key, text) => drafts?.save(key, text),
    onDraft: (key, listener) => drafts?.onChange(key, listener) ?? (() => undefined),
    addToDraft: (key, text) => drafts?.add(key, text),
    fileNames: (id) => keptByTab?.read(`files:${id}`) ?? "",
    keepFileNames: (id, names) => keptByTab?.write(`files:${id}`, names || null),
    typing: (id) => {
      if (Date.now() - (typedAt.get(id) ?? 0) < TYPING_EACH) return;
      typedAt.set(id, Date.now());
      socket.send({ t: "typing", sessionId: id });
    },
    dismissAlert: async (sessionId) => {
      await rest.write("POST", `/alerts/${encodeURIComponent(sessionId)}/dismiss`, {});
      lists.withdraw((alert) => alert.sessionId === sessionId);
    },
  };
}
