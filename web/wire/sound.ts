// Sounds of notifications. Browsers play none before the first click or key in a page, unless the person allows it; the page finds out
// before a sound is needed, and offers to enable it.
import { computed, signal, type ReadonlySignal } from "@preact/signals";

import bell from "./sounds/bell.wav";
import chime from "./sounds/chime.wav";
import marimba from "./sounds/marimba.wav";
import pulse from "./sounds/pulse.wav";

const FILES = { chime, bell, marimba, pulse } as const;
export type SoundName = keyof typeof FILES;
export const SOUND_NAMES = Object.keys(FILES) as SoundName[];

/** "blocked": the browser needs a click first. "failed": for any other reason. */
export type SoundResult = { result: "played" } | { result: "blocked" | "failed"; reason: string };

// Coming back to the page is no gesture, but a hidden page may not find out at all.
const TRIES = ["pointerdown", "pointerup", "keydown", "touchend", "visibilitychange"] as const;
/** In a tab that was never in front, some browsers neither play nor refuse. */
const MAX_START = 3_000;

export class Sounds {
  readonly blocked: ReadonlySignal<boolean>;
  /** Whether the browser lets the page play sound; false while unknown. */
  readonly allowed: ReadonlySignal<boolean>;
  #state = signal<"unknown" | "allowed" | "blocked">("unknown");
  #audio: HTMLAudioElement | null = null; // one for all sounds: some browsers unlock only the element that a click played
  #stopped = new AbortController();
  #pending: Promise<SoundResult> | null = null; // a sound that has not begun yet

  constructor() {
    this.blocked = computed(() => this.#state.value === "blocked");
    this.allowed = computed(() => this.#state.value === "allowed");
  }

  /** Finds out whether sound is blocked. While it is, each click and key tries again, without a sound. */
  start(): void {
    for (const name of TRIES) {
      addEventListener(name, () => this.#state.peek() !== "allowed" && void this.unlock(), { capture: true, passive: true, signal: this.#stopped.signal });
    }
    void this.unlock();
  }

  stop(): void {
    this.#stopped.abort();
    this.#stopped = new AbortController();
  }

  /** Plays silence. In a click or key event it makes the browser allow sound. */
  async unlock(): Promise<boolean> {
    // Silence would replace a sound that is about to begin.
    const { result } = await (this.#pending ?? this.#start(silence(), 0));
    return result === "played";
  }

  /** `volume`: 0 to 100. An unknown name plays the chime. */
  play(name: string, volume: number): Promise<SoundResult> {
    const started = this.#start(FILES[name as SoundName] ?? FILES.chime, volume / 100).finally(() => {
      if (this.#pending === started) this.#pending = null;
    });
    return (this.#pending = started);
  }

  async #start(file: string, volume: number): Promise<SoundResult> {
    this.#audio ??= new Audio();
    const audio = this.#audio;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      audio.src = file;
      audio.volume = Math.min(1, Math.max(0, volume));
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new DOMException("The browser did not start the sound.", "TimeoutError")), MAX_START);
      });
      await Promise.race([audio.play(), late]);
      this.#state.value = "allowed";
      return { result: "played" };
    } catch (error) {
      const { name, message } = error as DOMException;
      // A later sound replaced this one before it began.
      if (name === "AbortError") return { result: "played" };
      const blocked = name === "NotAllowedError";
      if (blocked) this.#state.value = "blocked";
      return { result: blocked ? "blocked" : "failed", reason: blocked ? "The browser blocks sound until a click in the page." : message };
    } finally {
      clearTimeout(timer);
    }
  }
}

let silent = "";

/** The address of a WAV file with a few samples of silence. */
function silence(): string {
  if (silent) return silent;
  const samples = 800;
  const view = new DataView(new ArrayBuffer(44 + samples));
  const ascii = (at: number, text: string): void => [...text].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  ascii(0, "RIFF");
  view.setUint32(4, 36 + samples, true);
  ascii(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // mono
  view.setUint32(24, 8_000, true);
  view.setUint32(28, 8_000, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true); // bits
  ascii(36, "data");
  view.setUint32(40, samples, true);
  for (let index = 44; index < view.byteLength; index++) view.setUint8(index, 128);
  return (silent = URL.createObjectURL(new Blob([view], { type: "audio/wav" })));
}
