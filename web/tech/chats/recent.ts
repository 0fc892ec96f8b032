import { effect, signal } from "@preact/signals";

import type { Store } from "../../wire/index.ts";
import { keep, kept } from "../kept";
import type { ChatWindows } from "./windows";

const KEPT = 12;

export interface RecentChat {
  id: string;
  title: string;
  about: string;
}

/** The chats that one looked at last on this device, newest first: the way back to what no list shows any more. */
export class RecentChats {
  readonly list = signal<readonly RecentChat[]>([]);
  #owner = "";

  resume(owner: string): void {
    if (this.#owner === owner) return;
    this.#owner = owner;
    this.list.value = kept(this.#key, []);
  }

  /** These stand open now, the last used one first. */
  seen(chats: readonly RecentChat[]): void {
    const before = this.list.peek();
    const now = [...chats, ...before.filter((one) => !chats.some((chat) => chat.id === one.id))].slice(0, KEPT);
    if (!this.#owner || JSON.stringify(now) === JSON.stringify(before)) return;
    this.list.value = now;
    keep(this.#key, now);
  }

  /** Whoever signs out leaves nothing of it on the machine. */
  forget(): void {
    this.list.value = [];
    keep(this.#key, []);
  }

  get #key(): string {
    return `recent.${this.#owner}`;
  }
}

/** Notes what stands in the windows. Returns how to stop. */
export function noteRecent(recent: RecentChats, store: Store, windows: ChatWindows): () => void {
  return effect(() => {
    const inOrder = [...windows.list.value].sort((a, b) => b.used - a.used);
    const chats = inOrder.flatMap(({ id }) => {
      const { title, customer, companyName } = store.sessionOf(id).value?.card ?? {};
      return title ? [{ id, title, about: [customer?.name, companyName].filter(Boolean).join(" · ") }] : [];
    });
    recent.seen(chats);
  });
}
