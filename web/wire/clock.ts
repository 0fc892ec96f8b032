/** Estimates the server's clock. The sample with the largest offset had the shortest delay, so it is the most accurate. */
export class ServerClock {
  #offsets: number[] = [];

  sample(serverTime: string | undefined): void {
    const moment = Date.parse(serverTime ?? "");
    if (Number.isNaN(moment)) return;
    this.#offsets = [...this.#offsets.slice(-7), moment - Date.now()];
  }

  /** Milliseconds; the machine's own clock before the first sample. */
  now(): number {
    return Date.now() + (this.#offsets.length ? Math.max(...this.#offsets) : 0);
  }
}

/** Whole seconds since `moment` by the machine's clock; 0 if the clock was set back. */
export function secondsSince(moment: number): number {
  return Math.max(0, Math.floor((Date.now() - moment) / 1_000));
}
