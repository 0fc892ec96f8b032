import { useEffect, useState } from "preact/hooks";

/** Minutes since midnight as clock time; the end of a day is 00:00. */
export function clockOf(minutes: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}

/** null: not a complete time. */
export function minutesOf(clock: string): number | null {
  const found = /^(\d{1,2}):(\d{2})/.exec(clock);
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}

interface TimeBoxProps {
  label: string;
  minutes: number;
  /** For the end of a span, midnight is the end of the day. */
  end?: boolean;
  onChange: (minutes: number) => void;
  onWrong: (wrong: boolean) => void;
  error?: string;
}

export function TimeBox({ label, minutes, end, onChange, onWrong, error }: TimeBoxProps) {
  // While the time is half cleared, the box reports "". Filling it then would overwrite what the person types.
  const [blank, setBlank] = useState(false);
  useEffect(() => () => onWrong(false), []);
  return (
    <input
      type="time"
      class="field__input settings__time"
      aria-label={label}
      aria-invalid={error ? true : undefined}
      title={error}
      value={blank ? "" : clockOf(minutes)}
      onInput={(event) => {
        const typed = minutesOf(event.currentTarget.value);
        setBlank(typed === null);
        onWrong(typed === null);
        if (typed !== null) onChange(end && typed === 0 ? 1440 : typed);
      }}
    />
  );
}
