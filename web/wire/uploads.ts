// The files of a note or message while they are uploaded. The server keeps a finished one for 45 minutes until the note or message names it.
import { signal, type ReadonlySignal } from "@preact/signals";

import { newId } from "./ids.ts";
import type { Attachment } from "./proto.ts";
import { asRefused, isTransient, Refused, waitOf } from "./refused.ts";
import type { Sending } from "./send_file.ts";

export const MOST_FILES = 20; // of a note
export const MOST_CHAT_FILES = 10; // of a message
const AT_ONCE = 3;
const PAUSES = [1_000, 3_000]; // before the second and the third try

export type Upload = {
  key: string;
  file: File;
  state: "waiting" | "sending" | "done" | "failed";
  sent: number; // bytes
  /** Why it failed. A too large file cannot be tried again. */
  error?: Refused;
  attachment?: Attachment;
};

export type SendUpload = (file: File, sending: Sending) => Promise<Attachment>;

export class Uploads {
  #send: SendUpload;
  #items = signal<readonly Upload[]>([]);
  #running = new Map<string, AbortController>();
  #commands = new Map<string, string>();
  #waiters: (() => void)[] = [];

  /** `most`: files at a time. */
  constructor(send: SendUpload, readonly most = MOST_FILES) {
    this.#send = send;
  }

  get items(): ReadonlySignal<readonly Upload[]> {
    return this.#items;
  }

  /** The finished files, in the order in which they were added. */
  get finished(): Attachment[] {
    return this.#items.peek().flatMap(({ attachment }) => attachment ?? []);
  }

  get ids(): string[] {
    return this.finished.flatMap(({ id }) => id ?? []);
  }

  /** Starts to upload the files, those that are larger than `most` bytes excepted. Returns how many were too many. */
  add(files: readonly File[], most: number): number {
    const room = files.slice(0, this.most - this.#items.peek().length);
    const added = room.map((file): Upload => {
      const error = file.size > most ? new Refused({ kind: "invalid_argument", code: "too_large", field: "size" }) : undefined;
      return { key: newId(), file, state: error ? "failed" : "waiting", sent: 0, error };
    });
    this.#items.value = [...this.#items.peek(), ...added];
    this.#next();
    return files.length - room.length;
  }

  /** Tries a failed file once more. */
  retry(key: string): void {
    this.#set(key, { state: "waiting", sent: 0, error: undefined });
    this.#next();
  }

  /** Stops the upload, or takes the finished file from the note. */
  remove(key: string): void {
    this.#running.get(key)?.abort();
    this.#commands.delete(key);
    this.#items.value = this.#items.peek().filter((item) => item.key !== key);
    this.#next();
  }

  /** Removes all, after they were sent or when the form goes away. */
  clear(): void {
    for (const { key } of this.#items.peek()) this.remove(key);
  }

  /** The server no longer has the finished files: each can be uploaded anew. */
  expired(error: Refused): void {
    for (const { key, state } of this.#items.peek()) {
      if (state !== "done") continue;
      this.#commands.delete(key);
      this.#set(key, { state: "failed", attachment: undefined, error });
    }
  }

  /** Resolves when no upload runs or waits: whether all files are finished. */
  async settled(): Promise<boolean> {
    while (this.#items.peek().some(isOpen)) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    return this.#items.peek().every(({ state }) => state === "done");
  }

  #next(): void {
    for (const item of this.#items.peek()) {
      if (this.#running.size >= AT_ONCE) break;
      if (item.state === "waiting") void this.#upload(item);
    }
    if (!this.#items.peek().some(isOpen)) for (const waiter of this.#waiters.splice(0)) waiter();
  }

  async #upload({ key, file }: Upload): Promise<void> {
    const stop = new AbortController();
    this.#running.set(key, stop);
    this.#set(key, { state: "sending" });
    // The same for each try, so that a file whose answer was lost is not stored twice.
    const commandId = this.#commands.get(key) ?? newId();
    this.#commands.set(key, commandId);
    try {
      const attachment = await this.#patiently(file, { commandId, signal: stop.signal, onSent: (sent) => this.#set(key, { sent: Math.min(sent, file.size) }) });
      this.#set(key, { state: "done", sent: file.size, attachment });
    } catch (error) {
      if (!stop.signal.aborted) this.#set(key, { state: "failed", error: asRefused(error) });
    }
    this.#running.delete(key);
    this.#next();
  }

  async #patiently(file: File, sending: Sending): Promise<Attachment> {
    for (const pause of PAUSES) {
      try {
        return await this.#send(file, sending);
      } catch (error) {
        const refused = asRefused(error);
        if (sending.signal.aborted || !isTransient(refused)) throw refused;
        sending.onSent(0);
        await new Promise((resolve) => setTimeout(resolve, Math.max(waitOf(refused), pause)));
      }
    }
    return this.#send(file, sending);
  }

  #set(key: string, change: Partial<Upload>): void {
    this.#items.value = this.#items.peek().map((item) => (item.key === key ? { ...item, ...change } : item));
  }
}

function isOpen({ state }: Upload): boolean {
  return state === "waiting" || state === "sending";
}
