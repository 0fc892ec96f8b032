import { Plus, X } from "lucide-preact";

import { Button, IconButton, typedMoment } from "../../ui";
import type { TimeWindow } from "../../wire";
import { texts } from "../texts";

/** As typed, in the reader's zone: 2026-03-02, 09:00, 12:30. */
export type TypedWindow = { day: string; from: string; until: string };

const t = texts.callback;
const MAX_WINDOWS = 5;

/** Checks a stored value. */
export function isWindow(one: TypedWindow | null): boolean {
  return [one?.day, one?.from, one?.until].every((part) => typeof part === "string");
}

/** null: a window is incomplete, or ends when it begins. An end before the start is on the next day. */
export function windowsOf(typed: readonly TypedWindow[]): TimeWindow[] | null {
  const windows: TimeWindow[] = [];
  for (const { day, from, until } of typed) {
    const [start, end] = [new Date(`${day}T${from}`), new Date(`${day}T${until}`)];
    if (isPastMidnight(from, until)) end.setDate(end.getDate() + 1);
    if (!(start < end)) return null;
    windows.push({ from: start.toISOString(), until: end.toISOString() });
  }
  return windows;
}

/** A window as it is typed. */
export function typedOf({ from = "", until = "" }: TimeWindow): TypedWindow {
  const start = typedMoment(from);
  return { day: start.day, from: start.time, until: typedMoment(until).time };
}

function isPastMidnight(from: string, until: string): boolean {
  return until !== "" && until < from;
}

export function TimeWindows({ typed, onChange }: { typed: readonly TypedWindow[]; onChange: (typed: TypedWindow[]) => void }) {
  const set = (index: number, part: Partial<TypedWindow>): void => onChange(typed.map((one, at) => (at === index ? { ...one, ...part } : one)));
  return (
    <fieldset class="windows">
      <legend>{t.windows}</legend>
      {typed.map((one, index) => (
        <div key={index} class="windows__row">
          <Box label={t.day} type="date" value={one.day} onInput={(day) => set(index, { day })} />
          <Box label={t.from} type="time" value={one.from} onInput={(from) => set(index, { from })} />
          <Box label={isPastMidnight(one.from, one.until) ? t.untilNext : t.until} type="time" value={one.until} onInput={(until) => set(index, { until })} />
          <IconButton icon={X} label={t.removeWindow} onClick={() => onChange(typed.filter((_, at) => at !== index))} />
        </div>
      ))}
      {typed.length < MAX_WINDOWS && (
        <div>
          <Button size="s" variant="ghost" icon={Plus} onClick={() => onChange([...typed, { day: tomorrow(), from: "09:00", until: "12:00" }])}>
            {t.addWindow}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

function Box({ label, type, value, onInput }: { label: string; type: "date" | "time"; value: string; onInput: (value: string) => void }) {
  return (
    <label class="windows__box">
      {label}
      <input class="field__input" type={type as "date"} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </label>
  );
}

function tomorrow(): string {
  return typedMoment(Date.now() + 24 * 3_600_000).day;
}
