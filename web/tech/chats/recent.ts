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

/** The chats that were open last on this device, newest first. Some of them are in no list any more. */
export class RecentChats {
  readonly list = signal<readonly RecentChat[]>([]);
  #owner = "";

  resume(owner: string): void {
    if (this.#owner === owner) return;
    this.#owner = owner;
    this.list.value = kept(this.#key, []);
  }

  /** These chats are open now, the last used one first. */
  seen(chats: readonly RecentChat[]): void {
    const before = this.list.peek();
    const now = [...chats, ...before.filter((one) => !chats.some((chat) => chat.id === one.id))].slice(0, KEPT);
    if (!this.#owner || JSON.stringify(now) === JSON.stringify(before)) return;
    this.list.value = now;
    keep(this.#key, now);
  }

  /** Removes the list from the device, at sign-out. */
  forget(): void {
    this.list.value = [];
    keep(this.#key, []);
  }

  get #key(): string {
    return `recent.${this.#owner}`;
  }
}

/** Records the chats that windows show. Returns a function that stops it. */
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
