import { signal } from "@preact/signals";

import type { SessionView } from "../../wire/index.ts";
import { keep, kept } from "../kept";

const KEPT = 200;

/** Up to which revision each session was read on this device. What was there when a session first came counts as read. */
export class ReadMarks {
  readonly marks = signal<Readonly<Record<string, number>>>({});
  #owner = "";

  resume(owner: string): void {
    if (this.#owner === owner) return;
    this.#owner = owner;
    this.marks.value = kept(`read.${owner}`, {});
  }

  seen(sessionId: string, revision: number): void {
    if ((this.marks.value[sessionId] ?? -1) >= revision) return;
    const { [sessionId]: _, ...rest } = this.marks.value;
    const newest = Object.entries({ ...rest, [sessionId]: revision }).slice(-KEPT);
    this.marks.value = Object.fromEntries(newest);
    if (this.#owner) keep(`read.${this.#owner}`, this.marks.value);
  }

  /** Messages of others above the mark; their first key is where the "New" line stands. */
  unreadOf(view: SessionView, me: string): { count: number; from: string | undefined } {
    const mark = this.marks.value[view.id];
    if (mark === undefined || view.revision <= mark) return { count: 0, from: undefined };
    const unread = view.lines.filter((line) => line.kind === "message" && line.revision > mark && line.by.id !== me);
    return { count: unread.length, from: unread[0]?.key };
  }
}
