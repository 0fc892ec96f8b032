import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

import { classes } from "../classes";
import "./choice.css";

export interface SwitchProps {
  label: string;
  hint?: ComponentChildren;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

/** A switch. It applies at once. */
export function Switch({ label, hint, checked, onChange, disabled }: SwitchProps) {
  const id = useId();
  // The box shows the value, also when the change is refused and nothing renders.
  const changed = (box: HTMLInputElement): void => {
    const wanted = box.checked;
    box.checked = checked;
    onChange(wanted);
  };
  return (
    <label class="switch">
      <span class="switch__text">
        <span class="switch__label">{label}</span>
        {hint && (
          <span class="field__hint" id={`${id}-hint`}>
            {hint}
          </span>
        )}
      </span>
      <input
        type="checkbox"
        role="switch"
        class="switch__box"
        aria-label={label}
        aria-describedby={hint ? `${id}-hint` : undefined}
        checked={checked}
        disabled={disabled}
        onChange={(event) => changed(event.currentTarget)}
      />
    </label>
  );
}

export interface ChoicesProps<Value extends string> {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  options: { value: Value; label: string; hint?: string }[];
  error?: string;
}

/** One of a few visible choices, each with a hint. */
export function Choices<Value extends string>({ label, value, onChange, options, error }: ChoicesProps<Value>) {
  const id = useId();
  return (
    <fieldset class={classes("choices", error && "field--wrong")} aria-describedby={error ? `${id}-error` : undefined}>
      <legend class="field__label">{label}</legend>
      {options.map((option) => (
        <label key={option.value} class="choices__one">
          <input
            type="radio"
            name={id}
            aria-label={option.label}
            aria-describedby={option.hint ? `${id}-${option.value}` : undefined}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>
            {option.label}
            {option.hint && (
              <span class="field__hint" id={`${id}-${option.value}`}>
                {option.hint}
              </span>
            )}
          </span>
        </label>
      ))}
      {error && (
        <p id={`${id}-error`} class="field__error" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
