import { useComputed } from "@preact/signals";

import { type Moment, second, toMs } from "./clock";
import { ago, clockTime, duration, shortMoment, wholeMoment } from "./format";

/** When something was, in words that stay true while one looks. */
export function RelativeTime({ at }: { at: Moment }) {
  const text = useComputed(() => ago(at, second.value * 1000));
  return (
    <time dateTime={new Date(toMs(at)).toISOString()} title={wholeMoment(at)}>
      {text}
    </time>
  );
}

/** A moment: the time of day, with the date when it was not today. */
export function Time({ at, short }: { at: Moment; short?: boolean }) {
  const text = short ? clockTime(at) : shortMoment(at, second.peek() * 1000);
  return (
    <time dateTime={new Date(toMs(at)).toISOString()} title={wholeMoment(at)}>
      {text}
    </time>
  );
}

/** Counts up from a moment by the server's clock: 0:14. */
export function WaitCounter({ since }: { since: Moment }) {
  const text = useComputed(() => duration(second.value - Math.floor(toMs(since) / 1000)));
  return (
    <span class="tabular" role="timer" aria-live="off">
      {text}
    </span>
  );
}
