import { useId, useState } from "preact/hooks";

import { Select, classes } from "../../ui";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.times;
const UNITS = { s: 1, min: 60, h: 3600 } as const;
type Unit = keyof typeof UNITS;
const OPTIONS = Object.entries(t.units).map(([value, label]) => ({ value, label }));

interface DurationFieldProps {
  label: string;
  hint: string;
  seconds: number;
  range: readonly [number, number];
  onChange: (seconds: number) => void;
  /** Sets the error of the box; without a message, clears it. */
  onWrong: (message?: string) => void;
  error?: string;
}

/** A number and its unit: 90 shows as "90 seconds", 120 as "2 minutes". */
export function DurationField({ label, hint, seconds, range, onChange, onWrong, error }: DurationFieldProps) {
  const [unit, setUnit] = useState<Unit>(() => unitOf(seconds));
  const [text, setText] = useState(() => String(seconds / UNITS[unit]));
  const take = (typed: string, by: Unit) => {
    setText(typed);
    setUnit(by);
    const value = /^\d{1,9}$/.test(typed.trim()) ? Number(typed) * UNITS[by] : null;
    if (value === null) onWrong(t.notNumber);
    else if (value < range[0] || value > range[1]) onWrong(t.range(spoken(range[0]), spoken(range[1])));
    else {
      onWrong();
      onChange(value);
    }
  };
  const id = useId();
  return (
    <div class={classes("settings__duration", error && "field--wrong")}>
      <span class="settings__text">
        <label for={id}>{label}</label>
        <span id={`${id}-below`} class={error ? "field__error" : "field__hint"} role={error ? "alert" : undefined}>
          {error ?? hint}
        </span>
      </span>
      <input
        id={id}
        class="field__input settings__number"
        inputMode="numeric"
        autocomplete="off"
        maxLength={9}
        value={text}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-below`}
        onInput={(event) => take(event.currentTarget.value, unit)}
      />
      <Select label={t.unit(label)} bare value={unit} onInput={(by) => take(text, by as Unit)} options={OPTIONS} class="settings__unit" />
    </div>
  );
}

function unitOf(seconds: number): Unit {
  if (seconds && seconds % 3600 === 0) return "h";
  return seconds && seconds % 60 === 0 ? "min" : "s";
}

function spoken(seconds: number): string {
  const unit = unitOf(seconds);
  return `${seconds / UNITS[unit]} ${t.units[unit]}`;
}
