import { effect, signal, untracked } from "@preact/signals";

import { isIn, isLive, type Store } from "../../wire/index.ts";
import { keep, kept } from "../kept";

export interface OpenWindow {
  id: string;
  minimised: boolean;
  /** Grows with each use. When not all windows fit, the least recently used ones collapse. */
  used: number;
  /** The customer's details are beside it; of at most one window. */
  details: boolean;
  /** The ticket that it is docked beside, while the page of that ticket is shown; empty if it is not docked. */
  docked: string;
}

/** On a small screen a window fills the screen, so none opens by itself. */
function isSmall(): boolean {
  return window.innerWidth < 720;
}

type KeptWindow = Pick<OpenWindow, "id" | "minimised"> & Partial<Pick<OpenWindow, "details" | "docked" | "used">>;

/** The open chat windows, in order from the right. They survive a reload. */
export class ChatWindows {
  readonly list = signal<OpenWindow[]>([]);
  /** The window to focus. `count` grows, so that the same window can be focused again. */
  readonly focus = signal({ id: "", count: 0 });
  #drawn: ReadonlySet<string> = new Set();
  #uses = 0;
  #owner = "";

  constructor(private readonly store: Store) {}

  /** Restores the windows that this person had open on this device, or opens the sessions that they are in. */
  resume(owner: string, mine: string[]): void {
    if (this.#owner === owner) return;
    this.#owner = owner;
    const before = kept<KeptWindow[]>(`windows.${owner}`, mine.map((id) => ({ id, minimised: isSmall() })));
    const used = this.#usesOf(before);
    this.list.value = before.map(({ id, minimised, details, docked }) => ({
      ...{ id, minimised, details: details === true, used: used.get(id) ?? 0 },
      docked: typeof docked === "string" ? docked : "",
    }));
    for (const { id } of before) void this.store.openSession(id);
  }

  open(id: string, { focus = true, minimised = false } = {}): void {
    if (!this.has(id)) {
      const details = focus && this.#wantsDetails();
      const others = details ? this.list.value.map((window) => ({ ...window, details: false })) : this.list.value;
      this.#become([...others, { id, minimised, details, docked: "", used: ++this.#uses }]);
      void this.store.openSession(id);
    } else if (!minimised) {
      this.#change(id, { minimised: false, used: ++this.#uses });
    }
    if (focus) this.focus.value = { id, count: this.focus.value.count + 1 };
  }

  /** Shows a window for something that happened elsewhere, without taking the focus. */
  show(id: string): void {
    if (!this.has(id)) this.open(id, { focus: false, minimised: isSmall() });
  }

  /** The dock reports which windows are visible. */
  drawn(ids: readonly string[]): void {
    this.#drawn = new Set(ids);
    this.store.notify.chatsInView(ids);
  }

  isInView(id: string): boolean {
    return this.#drawn.has(id) && document.visibilityState === "visible";
  }

  /** Hides the window. My sessions opens it again. */
  close(id: string): void {
    this.#become(this.list.value.filter((window) => window.id !== id));
    this.store.closeSession(id);
  }

  /** Closes the window of an ended chat that the person left in another tab. Returns a function that stops it. */
  followLeaving(): () => void {
    // A closing note takes its writer out of a chat that nobody joined, and the window shows that note. So only handled chats count.
    let inside = new Set<string>();
    return effect(() => {
      const ended = this.list.value.flatMap(({ id }) => {
        const card = this.store.sessionOf(id).value?.card;
        return card?.status === "CHAT_STATUS_COMPLETED" && card.handledAt ? [{ id, isIn: isIn(card, this.#owner) }] : [];
      });
      const left = ended.filter((chat) => !chat.isIn && inside.has(chat.id));
      inside = new Set(ended.flatMap((chat) => (chat.isIn ? [chat.id] : [])));
      untracked(() => left.forEach(({ id }) => this.close(id)));
    });
  }

  minimise(id: string): void {
    const { id: focused, count } = this.focus.peek();
    // When it is docked again, with its ticket's page, it does not take the focus from there.
    if (focused === id) this.focus.value = { id: "", count };
    this.#change(id, { minimised: true });
  }

  /** Docks the chat beside this ticket, in place of another chat, and moves the focus into it. */
  dock(id: string, ticketId: string): void {
    this.open(id);
    const before = this.dockedAt(ticketId)?.id;
    if (before) this.#change(before, { docked: "" });
    this.#change(id, { docked: ticketId });
  }

  /** Makes it a window on every page, and moves the focus into it. */
  undock(id: string): void {
    this.#change(id, { docked: "" });
    this.open(id);
  }

  /** The window that is docked beside this ticket. */
  dockedAt(ticketId: string): OpenWindow | undefined {
    return this.list.value.find(({ docked }) => docked === ticketId);
  }

  /** Puts the customer's details beside this window alone, or takes them away. A window that the person opens next has them as well. */
  showDetails(id: string, details: boolean): void {
    keep(`details.${this.#owner}`, details);
    this.#become(this.list.value.map((window) => ({ ...window, details: details && window.id === id })));
  }

  /** Call it when the person points at the window or focuses it. */
  use(id: string): void {
    if (this.list.value.find((window) => window.id === id)?.used !== this.#uses) this.#change(id, { used: ++this.#uses });
  }

  /** The window that was used last, of those that are not minimised and the one that is docked here; empty without one. */
  current(docked?: OpenWindow): string {
    const standing = this.list.value.filter((window) => !window.minimised || window === docked);
    return standing.sort((a, b) => b.used - a.used)[0]?.id ?? "";
  }

  has(id: string): boolean {
    return this.list.value.some((window) => window.id === id);
  }

  /**
   * The windows that fit into `room`, of which the latest used ones come first, and those behind the "more" chip; both in order.
   * `docked` is in neither.
   */
  split(room: number, widthOf: (window: OpenWindow) => number, docked?: OpenWindow): { shown: OpenWindow[]; hidden: OpenWindow[] } {
    const all = this.list.value.filter((window) => window !== docked);
    const latest = new Set<OpenWindow>();
    let left = room;
    for (const window of [...all].sort((a, b) => b.used - a.used)) {
      left -= widthOf(window);
      if (latest.size > 0 && left < 0) break;
      latest.add(window);
    }
    return { shown: all.filter((window) => latest.has(window)), hidden: all.filter((window) => !latest.has(window)) };
  }

  /** In the order of use before the reload, but live chats after ended ones, so that they get the room first. */
  #usesOf(windows: readonly KeptWindow[]): ReadonlyMap<string, number> {
    const cards = this.store.cards.peek();
    const rank = ({ id }: KeptWindow): number => (isLive(cards.get(id) ?? {}) ? 1 : 0);
    const last = ({ used }: KeptWindow): number => (typeof used === "number" ? used : 0);
    const inOrder = [...windows].sort((a, b) => rank(a) - rank(b) || last(a) - last(b));
    return new Map(inOrder.map(({ id }) => [id, ++this.#uses]));
  }

  #wantsDetails(): boolean {
    return !isSmall() && kept(`details.${this.#owner}`, false);
  }

  #change(id: string, part: Partial<OpenWindow>): void {
    this.#become(this.list.value.map((window) => (window.id === id ? { ...window, ...part } : window)));
  }

  #become(windows: OpenWindow[]): void {
    this.list.value = windows;
    if (this.#owner) keep(`windows.${this.#owner}`, windows.map(({ id, minimised, details, docked, used }): KeptWindow => ({ id, minimised, details, docked, used })));
  }
}
