// The calls for a person's actions. Each write carries a command id, so a retry has no second effect.
import { effect, type ReadonlySignal } from "@preact/signals";

import { createAlerting } from "./alerting.ts";
import { command } from "./ids.ts";
import type { Pending, SessionView, Store, Tickets } from "./model.ts";
import type { Attachment, ChatLogProof, ChatSettingsPage, DeskFigures, DirectoryPerson, HistoryPage, Holiday, BoardsAndCompanies, PresenceSettingsPage, Session, SessionCard, SupportState, Ticket, TicketList, TicketPage, TimelineEntry } from "./proto.ts";
import { Refused } from "./refused.ts";
import { query, type Rest } from "./rest.ts";
import { tidied } from "./text.ts";

// A search that meets many people who are not shown has pages without people.
const MAX_PEOPLE_PAGES = 5;
// Of one page.
const MOST_PEOPLE = 1000;

type Names =
  | "leave" | "join" | "complete" | "amendNote" | "invite" | "askTransfer" | "answerTransfer" | "pushChat" | "withdraw" | "choosePresence" | "boardsAndCompanies" | "people" | "person" | "history" | "figures" | "personEntry" | "chatLogProof" | "putEntry" | "endConnections"
  | "chatSettings" | "updateChatSettings" | "holidays" | "presenceSettings" | "updatePresenceSettings" | "support" | "requestChat" | "openCallback" | "convertToCallback" | "cancelCallback" | "postponeCallback" | "answerPush" | "giveFeedback" | "alerting";

/** Own messages that are still to be sent, without refused ones. */
export function unsentOf(view: SessionView | undefined): readonly Pending[] {
  return view?.pending.filter((post) => post.state !== "failed") ?? [];
}

// Ending a session must not overtake messages typed before it: they would be refused and missing from the log.
/** Resolves when the session has no unsent messages; rejects with code "stopped" when `stop` aborts. */
function allSent(sessions: ReadonlySignal<ReadonlyMap<string, SessionView>>, id: string, stop?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = effect(() => {
      // Deferred, because `end` does not exist before the effect has run.
      if (unsentOf(sessions.value.get(id)).length === 0) queueMicrotask(() => (end(), resolve()));
    });
    const stopped = (): void => (end(), reject(new Refused({ kind: "cancelled", code: "stopped" })));
    if (stop?.aborted) stopped();
    else stop?.addEventListener("abort", stopped, { once: true });
  });
}

/** `applyResult` applies the result of a command, which may arrive before its frame. `sessions` are the held sessions. */
export function createActions(
  rest: Rest,
  applyResult: (session: Session | undefined) => SessionCard,
  sessions: ReadonlySignal<ReadonlyMap<string, SessionView>>,
): Pick<Store, Names> {
  const path = (id: string, verb: string): string => `/sessions/${encodeURIComponent(id)}/${verb}`;

  async function change(id: string, verb: string, fields: object = {}): Promise<void> {
    applyResult((await rest.write<{ session?: Session }>("POST", path(id, verb), command(fields))).session);
  }

  async function last(id: string, verb: string, fields?: object, stop?: AbortSignal): Promise<void> {
    await allSent(sessions, id, stop);
    await change(id, verb, fields);
  }

  async function open(to: string, fields: object): Promise<{ sessionId: string; opened: boolean }> {
    const { session, opened = false } = await rest.write<{ session?: Session; opened?: boolean }>("POST", to, command(fields));
    return { sessionId: applyResult(session).sessionId ?? "", opened };
  }

  return {
    alerting: createAlerting(rest),
    leave: (id) => last(id, "leave"),
    join: (id, mode) => change(id, "join", { mode: mode === "take" ? "JOIN_MODE_TAKE" : "JOIN_MODE_ALSO" }),
    complete: (id, ending, stop) => last(id, "complete", ending, stop),
    amendNote: (id, note) => change(id, "note", { note }),
    invite: (id, engineerId) => change(id, "invite", { engineerId }),
    askTransfer: (id, target) => change(id, "transfer", target),
    answerTransfer: (id, answer) => change(id, "transfer-answer", { answer: `TRANSFER_ANSWER_${answer.toUpperCase()}` }),
    withdraw: (id) => change(id, "withdraw"),
    convertToCallback: (id, wish) => change(id, "callback", { wish }),
    postponeCallback: (id, nextCallAt) => change(id, "postpone-callback", { nextCallAt }),
    cancelCallback: (id) => change(id, "cancel-callback"),
    answerPush: (id, answer) => change(id, "answer", { answer: answer === "accept" ? "PUSH_ANSWER_ACCEPT" : "PUSH_ANSWER_DECLINE" }),
    giveFeedback: (id, solved, comment = "") => change(id, "feedback", { solved: solved ? "SOLVED_YES" : "SOLVED_NO", comment }),
    pushChat: async (ticketId, text = "") => (await open(`/tickets/${encodeURIComponent(ticketId)}/push-chat`, { text })).sessionId,
    requestChat: (fields) => open("/chats", fields),
    openCallback: (fields) => open("/callbacks", fields),
    support: (ticketId) => rest.get<SupportState>(`/support${query({ ticket: ticketId })}`),
    choosePresence: (presence) => rest.write<void>("POST", "/presence", { presence }),
    boardsAndCompanies: () => rest.get<BoardsAndCompanies>("/places"),
    people: async ({ kind, company, search, active, limit, page }) => {
      const kindName = kind && (kind === "engineer" ? "PERSON_KIND_ENGINEER" : "PERSON_KIND_CUSTOMER");
      const found: DirectoryPerson[] = [];
      // A page of a search may have fewer people than asked for, even none, and be followed by another one.
      for (let pages = 0; pages < MAX_PEOPLE_PAGES && found.length < limit && page !== ""; pages++) {
        const answer: { people?: DirectoryPerson[]; nextPageToken?: string } = await rest.get(`/people${query({ kind: kindName, company, search, active: active ? "1" : undefined, size: `${Math.min(limit - found.length, MOST_PEOPLE)}`, page })}`);
        found.push(...(answer.people ?? []));
        page = answer.nextPageToken ?? "";
      }
      return { people: found, next: page ?? "" };
    },
    person: async (id) => (await rest.get<{ person?: DirectoryPerson }>(`/people/${encodeURIComponent(id)}`)).person ?? {},
    history: (asked) => rest.get<HistoryPage>(`/history${query(asked)}`),
    figures: (asked) => rest.get<DeskFigures>(`/figures${query({ ...asked })}`),
    chatLogProof: (sessionId, sha256) => rest.get<ChatLogProof>(`/sessions/${encodeURIComponent(sessionId)}/log-proof${query({ sha256 })}`),
    personEntry: async (id) => {
      const { person = {}, revision = 0 } = await rest.get<{ person?: DirectoryPerson; revision?: number }>(`/people/${encodeURIComponent(id)}`);
      return { person, revision };
    },
    putEntry: (entry, ifRevision) => rest.write<void>("PUT", "/directory", { entry, ...(ifRevision && { ifRevision }) }),
    endConnections: async (id, reason) => {
      const answer = await rest.write<{ connections?: number }>("POST", `/people/${encodeURIComponent(id)}/end-connections`, command({ reason }));
      return answer.connections ?? 0;
    },
    chatSettings: () => rest.get<ChatSettingsPage>("/settings/chat"),
    updateChatSettings: (settings, version) => rest.write<ChatSettingsPage>("PUT", "/settings/chat", { settings, version }),
    presenceSettings: () => rest.get<PresenceSettingsPage>("/settings/presence"),
    updatePresenceSettings: (settings, version) => rest.write<PresenceSettingsPage>("PUT", "/settings/presence", { settings, version }),
    holidays: async (country, year) => (await rest.get<{ holidays?: Holiday[] }>(`/settings/holidays${query({ country, year: String(year) })}`)).holidays ?? [],
  };
}

export function createTickets(base: string, rest: Rest, listeners: Set<(ticket: Ticket) => void>): Tickets {
  const path = (id: string): string => `/tickets/${encodeURIComponent(id)}`;
  return {
    list: (asked = {}) => rest.get<TicketList>(`/tickets${query(asked)}`),
    get: async (id) => {
      const timeline: TimelineEntry[] = [];
      for (;;) {
        const last = timeline.at(-1)?.revision;
        const page = await rest.get<TicketPage>(path(id) + query({ after: last ? String(last) : "" }));
        timeline.push(...(page.timeline ?? []));
        if (!page.more || !page.timeline?.length) return { ticket: page.ticket, timeline, maxAttachmentBytes: page.maxAttachmentBytes };
      }
    },
    create: async (ticket) => (await rest.write<{ ticket?: Ticket }>("POST", "/tickets", command(ticket))).ticket ?? {},
    addNote: async (id, note) => {
      return (await rest.write<{ entry?: TimelineEntry }>("POST", `${path(id)}/notes`, command(note))).entry ?? {};
    },
    update: async (id, change) => (await rest.write<{ ticket?: Ticket }>("PATCH", path(id), command(change))).ticket ?? {},
    upload: async (id, file, sending) => {
      const named = query({ command: sending.commandId, name: tidied(file.name) });
      return (await rest.upload<{ attachment?: Attachment }>(`${path(id)}/attachments${named}`, file, sending)).attachment ?? {};
    },
    attachmentUrl: (ticketId, attachmentId) => `${base}${path(ticketId)}/attachments/${encodeURIComponent(attachmentId)}`,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
