// The sessions that a page holds in full, each as state plus entries. Missing entries are fetched, never assumed.
import { computed, signal } from "@preact/signals";

import type { Pending, SessionView } from "./model.ts";
import type { Person, Session, SessionCard, SessionEntry, SessionPage } from "./proto.ts";
import { NO_MARKS, sameMarks, type ReadMarks } from "./read_marks.ts";
import type { Reads } from "./reads.ts";
import { asRefused, isTransient, waitOf } from "./refused.ts";
import { apply, merge, withCard, type Audience, type ChatLine, type SessionState } from "./session_state.ts";

export type BookOptions = {
  audience: Audience;
  /** One page of the entries above a revision; `more` means that others follow. */
  fetchSession: (id: string, afterRevision: number) => Promise<SessionPage>;
  pendingOf: (id: string) => Pending[];
  reads: Reads;
  /** New entries follow those already shown: live, or missed during a disconnect. */
  onNewLines: (id: string, lines: readonly ChatLine[]) => void;
  /** An entry carries this command, so the outbox can remove it. */
  onCommand: (id: string, byId: string, commandId: string) => void;
};

type Held = {
  state: SessionState | null;
  announced: number; // the highest revision seen in any frame
  fetching: Promise<void> | null;
  refetch: boolean; // another fetch was requested during this one
  failures: number;
  typing: Map<string, ReturnType<typeof setTimeout>>; // person -> the timer that ends it
  fetched: SessionEntry[]; // pages of an unfinished fetch: shown only when complete, kept when a page fails
  timer?: ReturnType<typeof setTimeout>;
};

const TYPING_FOR = 5_000;
// A card may arrive before its entry.
const ENTRY_FOLLOWS = 1_500;
const NOTHING: SessionState = { revision: 0, card: {}, lines: [], opensAt: null, hash: "" };

export class SessionBook {
  readonly views = signal<ReadonlyMap<string, SessionView>>(new Map());
  readonly unread = computed(() => [...this.views.value.values()].reduce((sum, view) => sum + view.unread.count, 0));
  #options: BookOptions;
  #held = new Map<string, Held>();

  constructor(options: BookOptions) {
    this.#options = options;
  }

  /** Holds the session from now on. Resolves when it is fetched or refused. */
  hold(id: string): Promise<void> {
    const held = this.#held.get(id);
    if (held) return held.fetching ?? (this.views.value.get(id)?.error ? this.fetch(id) : Promise.resolve());
    this.#held.set(id, { state: null, announced: 0, fetching: null, refetch: false, failures: 0, typing: new Map(), fetched: [] });
    const [pending, unread] = [this.#options.pendingOf(id), this.#options.reads.unreadOf(id, NOTHING)];
    this.#show(id, { id, ...NOTHING, pending, unread, marks: NO_MARKS, loading: true, error: null, typing: [] });
    return this.fetch(id);
  }

  drop(id: string): void {
    const held = this.#held.get(id);
    clearTimeout(held?.timer);
    held?.typing.forEach((timer) => clearTimeout(timer));
    this.#held.delete(id);
    this.#options.reads.drop(id);
    const rest = new Map(this.views.value);
    if (rest.delete(id)) this.views.value = rest;
  }

  holds(id: string): boolean {
    return this.#held.has(id);
  }

  entry(entry: SessionEntry): void {
    const id = entry.sessionId ?? "";
    const held = this.#held.get(id);
    if (!held) return;
    held.announced = Math.max(held.announced, entry.revision ?? 0);
    if (held.fetching && !held.state) return; // this fetch or the next one returns the entry
    const next = apply(held.state, entry, this.#options.audience);
    if (next === "gap") void this.fetch(id);
    else this.#become(id, held, next, [entry]);
  }

  card(card: SessionCard): void {
    const held = this.#held.get(card.sessionId ?? "");
    if (!held?.state) return;
    if ((card.revision ?? 0) > held.state.revision) this.#expect(card.sessionId ?? "", held, card.revision ?? 0);
    else this.#become(card.sessionId ?? "", held, withCard(held.state, card), []);
  }

  /** Compares with the gateway's revisions and fetches the sessions that are behind. */
  compare(revisions: Record<string, number>): void {
    for (const [id, revision] of Object.entries(revisions)) {
      const held = this.#held.get(id);
      // A page that is ahead fetches nothing: the gateway's number may be older than chat's answer to this page.
      if (held && (held.state?.revision ?? 0) < revision) void this.fetch(id);
    }
  }

  fetchAll(): void {
    for (const id of this.#held.keys()) void this.fetch(id);
  }

  /** Runs one fetch at a time per session. A call during a fetch runs another one after it. */
  fetch(id: string): Promise<void> {
    const held = this.#held.get(id);
    if (!held) return Promise.resolve();
    clearTimeout(held.timer);
    if (held.fetching) {
      held.refetch = true;
      return held.fetching;
    }
    held.fetching = this.#fetch(id, held).finally(() => (held.fetching = null));
    return held.fetching;
  }

  pendingChanged(id: string): void {
    this.#update(id, { pending: this.#options.pendingOf(id) });
  }

  /** A read position has changed: in this session, or in any. */
  readChanged(id?: string): void {
    for (const [one, { state }] of this.#held) {
      if (!state || (id !== undefined && one !== id)) continue;
      const [before, unread, marks] = [this.views.value.get(one), this.#options.reads.unreadOf(one, state), this.#marksOf(one, state)];
      if (unread.count !== before?.unread.count || unread.from !== before.unread.from || marks !== before.marks) this.#update(one, { unread, marks });
    }
  }

  /** Shows the person as typing until their message arrives or the time runs out. */
  typing(id: string, person: Person): void {
    const held = this.#held.get(id);
    const who = person.id ?? "";
    if (!held) return;
    const shown = this.views.value.get(id)?.typing ?? [];
    if (!shown.some((one) => one.id === who)) this.#update(id, { typing: [...shown, person] });
    clearTimeout(held.typing.get(who));
    held.typing.set(who, setTimeout(() => this.#typedBy(id, held, [who]), TYPING_FOR));
  }

  #typedBy(id: string, held: Held, people: Iterable<string>): void {
    for (const who of people) {
      clearTimeout(held.typing.get(who));
      held.typing.delete(who);
    }
    const shown = this.views.value.get(id)?.typing ?? [];
    const left = shown.filter((person) => held.typing.has(person.id ?? ""));
    if (left.length < shown.length) this.#update(id, { typing: left });
  }

  async #fetch(id: string, held: Held): Promise<void> {
    try {
      for (let round = 0; round < 5; round++) {
        held.refetch = false;
        const session = await this.#whole(id, held);
        if (this.#held.get(id) !== held) return;
        const next = merge(held.state, session, this.#options.audience);
        if (next === "gap") {
          held.state = null; // the held and fetched entries do not connect: fetch from the start
          held.fetched = [];
        } else this.#become(id, held, next, session.entries ?? []);
        if (held.state && !held.refetch && held.announced <= held.state.revision) {
          held.failures = 0;
          return;
        }
      }
      this.#later(id, held);
    } catch (error) {
      if (this.#held.get(id) !== held) return;
      const refused = asRefused(error);
      this.#update(id, { error: refused, loading: false });
      if (isTransient(refused)) this.#later(id, held, waitOf(refused));
    }
  }

  /** All entries above the held revision, over as many pages as needed. A conversation is shown whole or not at all. */
  async #whole(id: string, held: Held): Promise<Session> {
    for (;;) {
      const after = Math.max(held.state?.revision ?? 0, held.fetched.at(-1)?.revision ?? 0);
      const { session, more, reads } = await this.#options.fetchSession(id, after);
      if (this.#held.get(id) !== held) return {};
      this.#options.reads.saved(reads);
      const entries = [...held.fetched, ...(session?.entries ?? [])];
      held.fetched = more ? entries : [];
      if (!more) return { ...session, entries };
    }
  }

  #expect(id: string, held: Held, revision: number): void {
    held.announced = Math.max(held.announced, revision);
    clearTimeout(held.timer);
    held.timer = setTimeout(() => {
      if ((held.state?.revision ?? 0) < revision) void this.fetch(id);
    }, ENTRY_FOLLOWS);
  }

  #later(id: string, held: Held, asked = 0): void {
    const pause = asked || Math.min(8_000, 500 * 2 ** held.failures++) * (0.75 + Math.random() / 2);
    clearTimeout(held.timer);
    held.timer = setTimeout(() => void this.fetch(id), pause);
  }

  #become(id: string, held: Held, state: SessionState, entries: readonly SessionEntry[]): void {
    const before = held.state;
    if (state === before && !this.views.value.get(id)?.loading && !this.views.value.get(id)?.error) return;
    held.state = state;
    const written = new Set<string>();
    for (const entry of entries) {
      written.add(entry.by?.id ?? "");
      this.#options.onCommand(id, entry.by?.id ?? "", entry.commandId ?? "");
    }
    this.#typedBy(id, held, written);
    this.#update(id, { ...state, pending: this.#options.pendingOf(id), unread: this.#options.reads.unreadOf(id, state), marks: this.#marksOf(id, state), loading: false, error: null });
    this.#options.reads.received(id, state);
    const added = before ? state.lines.slice(before.lines.length) : [];
    if (added.length) this.#options.onNewLines(id, added);
  }

  /** The marks shown, the same object while they are the same, so that no window is rendered for them. */
  #marksOf(id: string, state: SessionState): ReadMarks {
    const [before, marks] = [this.views.value.get(id)?.marks, this.#options.reads.marksOf(id, state)];
    return before && sameMarks(before, marks) ? before : marks;
  }

  #update(id: string, part: Partial<SessionView>): void {
    const view = this.views.value.get(id);
    if (view) this.#show(id, { ...view, ...part });
  }

  #show(id: string, view: SessionView): void {
    this.views.value = new Map(this.views.value).set(id, view);
  }
}
