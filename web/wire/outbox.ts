// Keeps typed messages until the server has accepted them: through a lost connection, a reload, a crash.
//
// Invariants: each session has at most one message in flight, in the order of typing. Each message names the accepted one before it, so
// the order holds on any path. A message that makes the gateway close the connection twice fails with an error, so that it never blocks
// the messages behind it or other sessions. A message never changes its command id, so sending it again is harmless, also from a second
// tab that finds it in the same storage.
import { refusalTexts } from "./refusal_texts.ts";
import { newId, traceparent } from "./ids.ts";
import type { Pending } from "./model.ts";
import type { ChatFile } from "./proto.ts";
import type { PersonStorage } from "./person_storage.ts";
import { isTransient, Refused, waitOf } from "./refused.ts";
import type { OwnFrame } from "./socket.ts";
import { isRecord, repaired } from "./text.ts";

type Reason = { kind: string; code: string; field?: string; message: string };
type Kept = { commandId: string; sessionId: string; text: string; at: number; order: number; internal?: true; files?: readonly ChatFile[]; refusal?: Reason };

export type OutboxOptions = {
  storage: PersonStorage;
  send: (frame: OwnFrame & { t: "post" | "note" }) => boolean;
  now: () => number;
  changed: (sessionId: string) => void;
};

const ANSWER_WITHIN = 10_000;
const ENTRY_WITHIN = 10_000;
const MAX_ROUND_TRIP = 60_000;
const KEPT_FOR = 7 * 24 * 3_600_000;
// A note and a message with files have keys of their own: a page of an earlier version, which does not read them, would send the note to the
// customer and the message without its files.
const KEYS = ["post:", "note:", "files:"];
const BREAKS = 2; // a message that closes the connection this often fails
const UNREADABLE: Reason = { kind: "invalid_argument", code: "bad_frame", field: "text", message: refusalTexts.unsendable };

export class Outbox {
  #options: OutboxOptions;
  #kept = new Map<string, Kept[]>(); // session -> in the order of typing
  #last = new Map<string, string>(); // session -> the last accepted command
  #inFlight = new Map<string, { commandId: string; timer: ReturnType<typeof setTimeout> }>();
  #tries = new Map<string, number>();
  #slowed = new Set<string>(); // commands that a rate limit held back
  #postedAt = new Map<string, number>(); // command of this page -> when its person sent it
  #roundTrip: number | undefined;
  #accepted: Kept[] = []; // until their entries come
  #broke = new Map<string, number>(); // command -> how often the gateway closed the connection while it was in flight
  #up = false;
  #order = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#load();
  }

  post(sessionId: string, text: string, internal = false, files: readonly ChatFile[] = []): void {
    const at = this.#options.now();
    this.#order = Math.max(this.#order + 1, Date.now() * 1_000);
    const kept: Kept = { commandId: newId(), sessionId, text: repaired(text), at, order: this.#order, ...(internal && { internal }), ...(files.length && { files }) };
    this.#kept.set(sessionId, [...this.#of(sessionId), kept]);
    this.#postedAt.set(kept.commandId, performance.now());
    this.#save(kept);
    this.#next(sessionId);
    this.#options.changed(sessionId);
  }

  pendingOf(sessionId: string): Pending[] {
    const accepted = this.#accepted.filter((one) => one.sessionId === sessionId);
    return [...accepted, ...this.#of(sessionId)].map((one) => {
      const { commandId, text, at, internal, files, refusal } = one;
      const own = { commandId, text, at, internal, files };
      if (accepted.includes(one)) return { ...own, state: "sending" };
      if (refusal) return { ...own, state: "failed", error: new Refused(refusal) };
      return { ...own, state: !this.#up ? "waiting" : this.#slowed.has(commandId) ? "slowed" : "sending" };
    });
  }

  sessions(): string[] {
    return [...this.#kept.keys()];
  }

  connected(): void {
    this.#up = true;
    for (const sessionId of this.sessions()) this.#advance(sessionId);
  }

  disconnected(): void {
    this.#up = false;
    for (const { timer } of this.#inFlight.values()) clearTimeout(timer);
    this.#inFlight.clear();
    for (const sessionId of this.sessions()) this.#options.changed(sessionId);
  }

  /**
   * The gateway could not read one of the frames in flight and closed the connection. The suspects are then sent one at a time to find
   * the bad one.
   */
  badFrame(): void {
    const suspects = [...this.#inFlight].flatMap(([sessionId, { commandId }]) => this.#of(sessionId).filter((one) => one.commandId === commandId));
    for (const kept of suspects) {
      const breaks = (this.#broke.get(kept.commandId) ?? 0) + 1;
      this.#broke.set(kept.commandId, breaks);
      if (breaks < BREAKS) continue;
      this.#broke.delete(kept.commandId);
      this.#change(kept, { ...kept, refusal: UNREADABLE });
    }
  }

  /** The server's answer. The message stays pending until its entry comes: without a gap on the screen, a screen reader reads it once. */
  accepted(sessionId: string, commandId: string): void {
    const kept = this.#of(sessionId).find((one) => one.commandId === commandId);
    if (!kept) return;
    const postedAt = this.#postedAt.get(commandId);
    if (postedAt !== undefined) this.#roundTrip = performance.now() - postedAt;
    this.#remove(sessionId, commandId);
    this.#accepted.push(kept);
    setTimeout(() => this.#entered(sessionId, commandId) && this.#options.changed(sessionId), ENTRY_WITHIN);
    this.#last.set(sessionId, commandId);
    this.#advance(sessionId);
  }

  /** The message's entry has come, which means that the server has accepted it. An unknown id is ignored. */
  entered(sessionId: string, commandId: string): void {
    this.accepted(sessionId, commandId);
    if (this.#entered(sessionId, commandId)) this.#options.changed(sessionId);
  }

  /** Whole milliseconds that the latest message of this page took until it was accepted, once; undefined if none was since the last call. */
  takeRoundTrip(): number | undefined {
    const took = this.#roundTrip;
    this.#roundTrip = undefined;
    return took === undefined ? undefined : Math.min(MAX_ROUND_TRIP, Math.max(1, Math.round(took)));
  }

  refused(commandId: string, refused: Refused): void {
    const kept = [...this.#kept.values()].flat().find((one) => one.commandId === commandId);
    if (!kept || kept.refusal) return;
    if (isTransient(refused)) {
      const tries = (this.#tries.get(commandId) ?? 0) + 1;
      this.#tries.set(commandId, tries);
      if (refused.code === "out_of_order" && tries > 3) this.#last.delete(kept.sessionId);
      const pause = waitOf(refused) || Math.min(8_000, 250 * 2 ** tries) * (0.5 + Math.random() / 2);
      this.#watch(kept, pause);
      if (refused.kind === "resource_exhausted") this.#slowed.add(commandId);
      this.#options.changed(kept.sessionId);
      return;
    }
    const { kind, code, field, message } = refused;
    this.#change(kept, { ...kept, refusal: { kind, code, field, message } });
    this.#cleared(commandId);
    this.#advance(kept.sessionId);
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
    this.#entered(sessionId, commandId);
    this.#advance(sessionId);
  }

  #entered(sessionId: string, commandId: string): boolean {
    const before = this.#accepted.length;
    this.#accepted = this.#accepted.filter((one) => one.sessionId !== sessionId || one.commandId !== commandId);
    return this.#accepted.length < before;
  }

  #of(sessionId: string): Kept[] {
    return this.#kept.get(sessionId) ?? [];
  }

  /** Stops waiting for the answer to the message in flight, and sends the first message that is left, which may be the same one. */
  #advance(sessionId: string): void {
    const inFlight = this.#inFlight.get(sessionId);
    if (inFlight) clearTimeout(inFlight.timer);
    this.#inFlight.delete(sessionId);
    this.#next(sessionId);
    this.#options.changed(sessionId);
  }

  #next(sessionId: string): void {
    if (!this.#up || this.#inFlight.has(sessionId)) return;
    const kept = this.#of(sessionId).find((one) => !one.refusal);
    if (!kept || this.#mustWait(kept)) return;
    const previousCommandId = this.#last.get(sessionId) ?? "";
    const { commandId, text, internal, files } = kept;
    const fileIds = files && { fileIds: files.map(({ id }) => id ?? "") };
    const sent = this.#options.send({ t: internal ? "note" : "post", sessionId, commandId, previousCommandId, text, traceparent: traceparent(commandId), ...fileIds });
    if (sent) this.#watch(kept, ANSWER_WITHIN);
  }

  /** While a suspect is in flight, nothing else is sent that would be lost with it. */
  #mustWait({ commandId }: Kept): boolean {
    return this.#broke.size > 0 && (this.#inFlight.size > 0 || !this.#broke.has(commandId));
  }

  /** The message did not close the connection, so the messages that waited for it are sent. */
  #cleared(commandId: string): void {
    if (this.#broke.delete(commandId)) for (const sessionId of this.sessions()) queueMicrotask(() => this.#next(sessionId));
  }

  #watch({ sessionId, commandId }: Kept, pause: number): void {
    clearTimeout(this.#inFlight.get(sessionId)?.timer);
    this.#inFlight.set(sessionId, { commandId, timer: setTimeout(() => this.#advance(sessionId), pause) });
  }

  #change(before: Kept, after: Kept): void {
    this.#kept.set(before.sessionId, this.#of(before.sessionId).map((one) => (one === before ? after : one)));
    this.#save(after);
  }

  #remove(sessionId: string, commandId: string): void {
    const gone = this.#of(sessionId).find((one) => one.commandId === commandId);
    const rest = this.#of(sessionId).filter((one) => one !== gone);
    if (rest.length) this.#kept.set(sessionId, rest);
    else this.#kept.delete(sessionId);
    this.#tries.delete(commandId);
    this.#slowed.delete(commandId);
    this.#postedAt.delete(commandId);
    this.#cleared(commandId);
    if (gone) this.#options.storage.write(keyOf(gone), null);
  }

  #load(): void {
    const { storage } = this.#options;
    const found = KEYS.flatMap((start) => storage.keys(start)).flatMap((key) => {
      const kept = parsed(storage.read(key));
      if (kept && kept.at > Date.now() - KEPT_FOR) return [kept];
      storage.write(key, null);
      return [];
    });
    for (const kept of found.sort((a, b) => a.order - b.order)) this.#kept.set(kept.sessionId, [...this.#of(kept.sessionId), kept]);
  }

  #save(kept: Kept): void {
    this.#options.storage.write(keyOf(kept), JSON.stringify(kept));
  }
}

function keyOf({ sessionId, commandId, internal, files }: Kept): string {
  return `${internal ? "note" : files ? "files" : "post"}:${sessionId}:${commandId}`;
}

/** null for anything but a message. Storage may hold what an older version, another program or a crash left. */
function parsed(text: string | null | undefined): Kept | null {
  try {
    const { commandId, sessionId, text: typed, at, order, internal, files, refusal } = JSON.parse(text ?? "null") as Record<keyof Kept, unknown>;
    const sent = Array.isArray(files) && files.length > 0 ? files.filter(isRecord) : undefined;
    const strings = [commandId, sessionId, typed || (sent && "files")];
    if (strings.some((one) => typeof one !== "string" || !one) || typeof at !== "number" || typeof order !== "number") return null;
    const kept = { commandId, sessionId, text: typed, at, order, ...(internal === true && { internal }), ...(sent && { files: sent }) } as Kept;
    return refusal ? { ...kept, refusal: { ...UNREADABLE, ...(refusal as Partial<Reason>) } } : kept;
  } catch {
    return null;
  }
}
