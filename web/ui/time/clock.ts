import { signal } from "@preact/signals";

// Times are shown by the server's clock. The page learns the offset from the beat.
let offsetMs = 0;

/** The wire has moments as RFC 3339 text. */
export type Moment = string | number | Date;

/** The server's clock minus the machine's, in milliseconds. */
export function setClockOffset(ms: number): void {
  offsetMs = ms;
  second.value = Math.floor(serverNow() / 1000);
}

/** The server's clock in milliseconds since 1970. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

/** Whole seconds of the server's clock. A component that reads it renders each second while the page is visible. */
export const second = signal(Math.floor(serverNow() / 1000), {
  watched() {
    timer = setInterval(() => {
      if (document.visibilityState === "visible") second.value = Math.floor(serverNow() / 1000);
    }, 1000);
  },
  unwatched() {
    clearInterval(timer);
  },
});
let timer: ReturnType<typeof setInterval> | undefined;

export function toMs(moment: Moment): number {
  return moment instanceof Date ? moment.getTime() : typeof moment === "number" ? moment : Date.parse(moment);
}
