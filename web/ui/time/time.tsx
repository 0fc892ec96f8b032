import { useComputed } from "@preact/signals";

import { type Moment, second, serverNow, toMs } from "./clock";
import { ago, clockTime, duration, shortMoment, wholeMoment } from "./format";

/** A relative time, kept up to date. */
export function RelativeTime({ at }: { at: Moment }) {
  const text = useComputed(() => ago(at, second.value * 1000));
  return (
    <time dateTime={new Date(toMs(at)).toISOString()} title={wholeMoment(at)}>
      {text}
    </time>
  );
}

/** The time of day, with the date if it is not today. */
export function Time({ at, short }: { at: Moment; short?: boolean }) {
  const text = short ? clockTime(at) : shortMoment(at, second.peek() * 1000);
  return (
    <time dateTime={new Date(toMs(at)).toISOString()} title={wholeMoment(at)}>
      {text}
    </time>
  );
}

/** Counts down to a moment by the server's clock, and stays at 0:00. */
export function TimeLeft({ until }: { until: Moment }) {
  const text = useComputed(() => {
    // Read for the rendering each second. Its own value is old where nothing else reads it.
    void second.value;
    return duration(Math.max(0, Math.ceil((toMs(until) - serverNow()) / 1000)));
  });
  return (
    <span class="tabular" role="timer" aria-live="off">
      {text}
    </span>
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
