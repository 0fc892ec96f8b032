/** The server's clock as the page can know it: the sample with the shortest way here is the nearest to the truth. */
export class ServerClock {
  #offsets: number[] = [];

  sample(serverTime: string | undefined): void {
    const moment = Date.parse(serverTime ?? "");
    if (Number.isNaN(moment)) return;
    this.#offsets = [...this.#offsets.slice(-7), moment - Date.now()];
  }

  /** ms; this machine's own until the server was heard. */
  now(): number {
    return Date.now() + (this.#offsets.length ? Math.max(...this.#offsets) : 0);
  }
}

/** Whole seconds by this machine's clock, which may have been set back meanwhile. */
export function secondsSince(moment: number): number {
  return Math.max(0, Math.floor((Date.now() - moment) / 1_000));
}
