// A WebSocket to the gateway that reconnects. After each Welcome the caller fetches its state again.
import type { Connection } from "./model.ts";
import type { ClientFrame, ServerFrame } from "./proto.ts";
import { toJson } from "./text.ts";

export type Frame = { [Name in keyof ServerFrame]-?: { t: Name } & NonNullable<ServerFrame[Name]> }[keyof ServerFrame];
export type OwnFrame = { [Name in keyof ClientFrame]-?: { t: Name } & NonNullable<ClientFrame[Name]> }[keyof ClientFrame];

export type SocketOptions = {
  url: () => string; // of each new connection
  onFrame: (frame: Frame) => void;
  onState: (state: Connection) => void;
  onSignedOut: () => void;
  /** What the next beat reports (Beat.round_trip_ms). */
  roundTrip: () => number | undefined;
  /** The gateway closed the connection because it could not read a frame. */
  onBadFrame: () => void;
  /** The connection closed before its Welcome. A page cannot see the reason, so the caller checks (has the sign-in ended?). */
  onRefused: () => void;
  WebSocket?: typeof WebSocket;
};

const BEAT = 4_000;
const SILENCE = 9_000;
const TICK = 1_000;
const STEADY = 10_000; // after a connection of this length the back-off starts again
const MAX_PAUSE = 8_000;
const CODE = { goingAway: 1001, tooLarge: 1009, badFrame: 4400, signedOut: 4401, tooSlow: 4408, silent: 4409, tooMany: 4429 };
const AFTER_TOO_MANY = 20_000;
const AFTER_GOING_AWAY = 1_500;

export class Socket {
  #options: SocketOptions;
  #socket: WebSocket | null = null;
  #welcomed = false;
  #openedAt = 0;
  #receivedAt = 0;
  #beatAt = 0;
  #tickAt = 0;
  #failures = 0;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#ticker) return;
    this.#ticker = setInterval(() => this.#tick(), TICK);
    addEventListener("online", this.tryNow);
    addEventListener("offline", this.#offline);
    document.addEventListener("visibilitychange", this.#visible);
    this.#connect();
  }

  stop(): void {
    clearInterval(this.#ticker);
    clearTimeout(this.#retry);
    this.#ticker = undefined;
    removeEventListener("online", this.tryNow);
    removeEventListener("offline", this.#offline);
    document.removeEventListener("visibilitychange", this.#visible);
    this.#drop();
  }

  /** False without a connection; the frame is not kept. */
  send(frame: OwnFrame): boolean {
    if (!this.#welcomed || this.#socket?.readyState !== 1) return false;
    this.#socket.send(toJson(frame));
    return true;
  }

  tryNow = (): void => {
    if (!this.#ticker || this.#socket) return;
    clearTimeout(this.#retry);
    this.#connect();
  };

  #connect(): void {
    this.#options.onState({ state: "reconnecting", retryAt: null });
    const socket = new (this.#options.WebSocket ?? WebSocket)(this.#options.url());
    this.#socket = socket;
    this.#welcomed = false;
    this.#openedAt = this.#receivedAt = this.#beatAt = Date.now();
    socket.onmessage = (event) => this.#receive(String(event.data));
    socket.onclose = (event) => this.#closed(event.code, event.reason);
  }

  #receive(text: string): void {
    this.#receivedAt = Date.now();
    const frame = parsed(text);
    if (!frame) return;
    if (frame.t === "welcome") {
      this.#welcomed = true;
      this.#openedAt = Date.now();
      this.#options.onState({ state: "connected" });
    }
    // Browsers slow the timers of a hidden tab to one a minute, but not messages, so each beat is answered with a beat.
    if (frame.t === "serverBeat") this.#beat();
    this.#options.onFrame(frame);
  }

  #beat(): void {
    this.#beatAt = Date.now();
    this.send({ t: "beat", roundTripMs: this.#options.roundTrip() });
  }

  #tick(): void {
    const now = Date.now();
    const late = now - this.#tickAt > 3 * TICK;
    this.#tickAt = now;
    if (!this.#socket) return;
    // After a sleep, received frames may still be queued: wait one more tick.
    if (now - this.#receivedAt >= SILENCE && !late) this.#closed(CODE.silent);
    else if (now - this.#beatAt >= BEAT) this.#beat();
  }

  #closed(code: number, reason = ""): void {
    const welcomed = this.#welcomed;
    if (welcomed && Date.now() - this.#openedAt >= STEADY) this.#failures = 0;
    this.#drop();
    if (code === CODE.badFrame || code === CODE.tooLarge) this.#options.onBadFrame();
    if (code === CODE.signedOut) {
      this.stop();
      this.#options.onSignedOut();
      return;
    }
    this.#reconnectAfter(this.#pause(code, reason));
    if (!welcomed) this.#options.onRefused();
  }

  #pause(code: number, reason: string): number {
    const failures = this.#failures++;
    if (code === CODE.tooMany) return AFTER_TOO_MANY * (1 + Math.random());
    const gentle = code === CODE.goingAway || code === CODE.badFrame || code === CODE.tooLarge || code === CODE.tooSlow || code === CODE.silent;
    if (gentle && failures === 0) return Math.random() * (code === CODE.goingAway ? within(reason) : 300);
    return Math.min(MAX_PAUSE, 500 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2);
  }

  #reconnectAfter(pause: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), pause);
    const cut = navigator.onLine === false;
    this.#options.onState(cut ? { state: "offline" } : { state: "reconnecting", retryAt: Date.now() + pause });
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  // The browser can be wrong about being offline, so the retries go on, only more slowly.
  #offline = (): void => {
    this.#drop();
    this.#reconnectAfter(MAX_PAUSE);
  };

  #visible = (): void => {
    if (document.visibilityState === "visible") this.tryNow();
  };
}

/** The milliseconds within which a page reconnects to a gateway that stops: those of the close reason, within bounds. */
function within(reason: string): number {
  return /^\d{1,4}$/.test(reason) ? Number(reason) : AFTER_GOING_AWAY;
}

function parsed(text: string): Frame | null {
  try {
    const frame: unknown = JSON.parse(text);
    return frame && typeof frame === "object" && "t" in frame ? (frame as Frame) : null;
  } catch {
    return null;
  }
}
