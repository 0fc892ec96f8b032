// What was typed is kept until the server has it: through a lost line, a reload, a crash.
//
// Invariants. Of one session one message is under way at a time, in the order of typing; it names the accepted one before it, so the
// order holds whatever path it takes. Each keeps its command id for ever, so sending again is harmless: also by a second tab, which
// finds what a first one left (or is still sending) in the same storage.
import { newId } from "./ids.ts";
import type { Pending } from "./model.ts";
import { mayPass, Refused } from "./refused.ts";
import type { OwnFrame } from "./socket.ts";
import { traceparent } from "./trace.ts";

type Kept = { commandId: string; sessionId: string; text: string; at: number; order: number; refusal?: { kind: string; code: string; message: string } };

export type OutboxOptions = {
  storage: Storage | null;
  owner: string; // app and person
  send: (frame: OwnFrame & { t: "post" }) => boolean;
  now: () => number;
  changed: (sessionId: string) => void;
};

const ANSWER_WITHIN = 10_000;
const KEPT_FOR = 7 * 24 * 3_600_000;

export class Outbox {
  #options: OutboxOptions;
  #prefix: string;
  #kept = new Map<string, Kept[]>(); // session -> in the order of typing
  #last = new Map<string, string>(); // session -> the last accepted command
  #underWay = new Map<string, { commandId: string; timer: ReturnType<typeof setTimeout> }>();
  #tries = new Map<string, number>();
  #drafts = new Map<string, string>(); // a session or another place where one types -> what was typed on this page
  #up = false;
  #order = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#prefix = `parley:${options.owner}:`;
    this.#load();
  }

  post(sessionId: string, text: string): void {
    const at = this.#options.now();
    this.#order = Math.max(this.#order + 1, Date.now() * 1_000);
    const kept: Kept = { commandId: newId(), sessionId, text, at, order: this.#order };
    this.#kept.set(sessionId, [...this.#of(sessionId), kept]);
    this.#save(kept);
    this.#next(sessionId);
    this.#options.changed(sessionId);
  }

  pendingOf(sessionId: string): Pending[] {
    return this.#of(sessionId).map(({ commandId, text, at, refusal }) => {
      if (refusal) return { commandId, text, at, state: "failed", error: new Refused(refusal) };
      return { commandId, text, at, state: this.#up ? "sending" : "waiting" };
    });
  }

  sessions(): string[] {
    return [...this.#kept.keys()];
  }

  lineUp(): void {
    this.#up = true;
    for (const sessionId of this.sessions()) this.#again(sessionId);
  }

  lineDown(): void {
    this.#up = false;
    for (const { timer } of this.#underWay.values()) clearTimeout(timer);
    this.#underWay.clear();
    for (const sessionId of this.sessions()) this.#options.changed(sessionId);
  }

  /** The server has it: said by its answer, or by the message coming back. A stranger's id is ignored. */
  accepted(sessionId: string, commandId: string): void {
    if (!this.#of(sessionId).some((one) => one.commandId === commandId)) return;
    this.#remove(sessionId, commandId);
    this.#last.set(sessionId, commandId);
    this.#again(sessionId);
  }

  refused(commandId: string, refused: Refused): void {
    const kept = [...this.#kept.values()].flat().find((one) => one.commandId === commandId);
    if (!kept || kept.refusal) return;
    if (mayPass(refused)) {
      const tries = (this.#tries.get(commandId) ?? 0) + 1;
      this.#tries.set(commandId, tries);
      if (refused.code === "out_of_order" && tries > 3) this.#last.delete(kept.sessionId);
      const asked = Number(refused.details.retry_after) * 1_000;
      const pause = asked > 0 ? asked : Math.min(8_000, 250 * 2 ** tries) * (0.5 + Math.random() / 2);
      this.#watch(kept, pause);
      return;
    }
    const { kind, code, message } = refused;
    this.#change(kept, { ...kept, refusal: { kind, code, message } });
    this.#again(kept.sessionId);
  }

  retry(sessionId: string, commandId: string): void {
    const kept = this.#of(sessionId).find((one) => one.commandId === commandId);
    if (!kept) return;
    const { refusal: _, ...fresh } = kept;
    this.#change(kept, fresh);
    this.#next(sessionId);
    this.#options.changed(sessionId);
  }

  discard(sessionId: string, commandId: string): void {
    this.#remove(sessionId, commandId);
    this.#again(sessionId);
  }

  /** What was typed on this page, else what a page before it left: a storage that keeps nothing costs only the latter. */
  draft(place: string): string {
    return this.#drafts.get(place) ?? this.#read(`draft:${place}`) ?? "";
  }

  saveDraft(place: string, text: string): void {
    this.#drafts.set(place, text);
    this.#write(`draft:${place}`, text || null);
  }

  /** Below what is typed there already, perhaps in another tab. */
  addToDraft(place: string, text: string): void {
    const before = this.draft(place).trimEnd();
    this.saveDraft(place, before ? `${before}\n${text}` : text);
  }

  /** The person goes away for good: nothing of theirs stays on the machine. */
  forget(): void {
    for (const key of this.#keys()) this.#options.storage?.removeItem(key);
    this.#kept.clear();
    this.#drafts.clear();
  }

  #of(sessionId: string): Kept[] {
    return this.#kept.get(sessionId) ?? [];
  }

  #again(sessionId: string): void {
    const underWay = this.#underWay.get(sessionId);
    if (underWay) clearTimeout(underWay.timer);
    this.#underWay.delete(sessionId);
    this.#next(sessionId);
    this.#options.changed(sessionId);
  }

  #next(sessionId: string): void {
    if (!this.#up || this.#underWay.has(sessionId)) return;
    const kept = this.#of(sessionId).find((one) => !one.refusal);
    if (!kept) return;
    const previousCommandId = this.#last.get(sessionId) ?? "";
    const { commandId, text } = kept;
    const sent = this.#options.send({ t: "post", sessionId, commandId, previousCommandId, text, traceparent: traceparent(commandId) });
    if (sent) this.#watch(kept, ANSWER_WITHIN);
  }

  #watch({ sessionId, commandId }: Kept, pause: number): void {
    clearTimeout(this.#underWay.get(sessionId)?.timer);
    this.#underWay.set(sessionId, { commandId, timer: setTimeout(() => this.#again(sessionId), pause) });
  }

  #change(before: Kept, after: Kept): void {
    this.#kept.set(before.sessionId, this.#of(before.sessionId).map((one) => (one === before ? after : one)));
    this.#save(after);
  }

  #remove(sessionId: string, commandId: string): void {
    const rest = this.#of(sessionId).filter((one) => one.commandId !== commandId);
    if (rest.length) this.#kept.set(sessionId, rest);
    else this.#kept.delete(sessionId);
    this.#tries.delete(commandId);
    this.#write(`post:${sessionId}:${commandId}`, null);
  }

  #load(): void {
    const start = `${this.#prefix}post:`;
    const found = this.#keys().filter((key) => key.startsWith(start)).flatMap((key) => {
      const kept = parsed(this.#options.storage?.getItem(key));
      return kept && kept.at > Date.now() - KEPT_FOR ? [kept] : [];
    });
    for (const kept of found.sort((a, b) => a.order - b.order)) this.#kept.set(kept.sessionId, [...this.#of(kept.sessionId), kept]);
  }

  #save(kept: Kept): void {
    this.#write(`post:${kept.sessionId}:${kept.commandId}`, JSON.stringify(kept));
  }

  #keys(): string[] {
    const { storage } = this.#options;
    return storage ? Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "").filter((key) => key.startsWith(this.#prefix)) : [];
  }

  #read(key: string): string | null {
    return this.#options.storage?.getItem(this.#prefix + key) ?? null;
  }

  // A full or forbidden storage costs the surviving of a reload, nothing else.
  #write(key: string, value: string | null): void {
    try {
      if (value === null) this.#options.storage?.removeItem(this.#prefix + key);
      else this.#options.storage?.setItem(this.#prefix + key, value);
    } catch (error) {
      console.warn("not kept:", error);
    }
  }
}

function parsed(text: string | null | undefined): Kept | null {
  try {
    return text ? (JSON.parse(text) as Kept) : null;
  } catch {
    return null;
  }
}

/** What the browser keeps for this origin; null where reading the property alone is forbidden. */
export function storageOf(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
