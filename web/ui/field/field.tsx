import type { ComponentChildren, Ref } from "preact";
import { useId, useLayoutEffect } from "preact/hooks";

import { excess } from "../../wire/text.ts";
import { classes } from "../classes";
import { uiTexts } from "../texts";
import "./field.css";

interface Common {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** Below the box: the expected input. */
  hint?: ComponentChildren;
  /** Below the box: the error; the box is marked invalid. */
  error?: string;
  disabled?: boolean;
  required?: boolean;
  /** The box gets the focus when it appears. */
  autofocus?: boolean;
  name?: string;
  /** The limit in code points. A longer text is kept and marked with its excess. */
  maxLength?: number;
  /** The label is visually hidden. */
  bare?: boolean;
  class?: string;
}

export interface FieldProps extends Common {
  type?: "text" | "tel" | "search" | "email" | "date" | "time";
  placeholder?: string;
  autocomplete?: string;
  inputMode?: "text" | "tel" | "search" | "numeric";
  before?: ComponentChildren;
  onKeyDown?: (event: KeyboardEvent) => void;
  inputRef?: Ref<HTMLInputElement>;
  /** The box selects from a list elsewhere: the ids of the list and of the selected option. */
  combobox?: { list: string; active?: string };
}

/** A single-line text field with its label. */
export function Field({ type = "text", before, inputRef, onInput, ...props }: FieldProps) {
  return (
    <Labelled {...props}>
      {(box) => (
        <span class={classes("field__box", before !== undefined && "field__box--led")}>
          {before}
          <input
            {...box}
            ref={inputRef}
            class="field__input"
            // Preact's types distinguish the input types; these take the same attributes.
            type={type as "text"}
            value={props.value}
            placeholder={props.placeholder}
            dir={type === "text" || type === "search" ? "auto" : undefined}
            autocomplete={props.autocomplete ?? "off"}
            inputMode={props.inputMode}
            {...(props.combobox && comboboxOf(props.combobox))}
            onKeyDown={props.onKeyDown}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
        </span>
      )}
    </Labelled>
  );
}

function comboboxOf({ list, active }: { list: string; active?: string }) {
  return { role: "combobox", "aria-expanded": true, "aria-haspopup": "listbox", "aria-controls": list, "aria-activedescendant": active } as const;
}

export interface TextAreaProps extends Common {
  rows?: number;
  placeholder?: string;
  onKeyDown?: (event: KeyboardEvent) => void;
}

/** A multi-line text field with its label. */
export function TextArea({ rows = 3, onInput, ...props }: TextAreaProps) {
  return (
    <Labelled {...props}>
      {(box) => (
        <textarea
          {...box}
          class="field__input field__input--area"
          rows={rows}
          value={props.value}
          placeholder={props.placeholder}
          dir="auto"
          onKeyDown={props.onKeyDown}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Labelled>
  );
}

export interface SelectProps extends Common {
  options: { value: string; label: string }[];
}

/** A native select. */
export function Select({ options, onInput, ...props }: SelectProps) {
  return (
    <Labelled {...props}>
      {(box) => (
        <select {...box} class="field__input field__input--select" value={props.value} onChange={(event) => onInput(event.currentTarget.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

interface Box {
  id: string;
  name?: string;
  disabled?: boolean;
  required?: boolean;
  autofocus?: boolean;
  "aria-invalid"?: true;
  "aria-describedby"?: string;
}

function Labelled(props: Omit<Common, "onInput"> & { children: (box: Box) => ComponentChildren }) {
  const id = useId();
  const { label, hint, bare, name, disabled, required, autofocus, children } = props;
  // The browser heeds the attribute only until something has had the focus. A dialog focuses its box when it opens.
  useLayoutEffect(() => {
    const input = autofocus ? document.getElementById(id) : null;
    if (!input?.closest("dialog")) input?.focus();
  }, []);
  const over = props.maxLength === undefined ? 0 : excess(props.value, props.maxLength);
  const error = over > 0 ? uiTexts.tooLong(over) : props.error;
  const below = error ?? hint;
  const box: Box = {
    ...{ id, name, disabled, required, autofocus },
    "aria-invalid": error ? true : undefined,
    "aria-describedby": below ? `${id}-below` : undefined,
  };
  return (
    <div class={classes("field", error && "field--wrong", props.class)}>
      <label for={id} class={bare ? "unseen" : "field__label"}>
        {label}
      </label>
      {children(box)}
      {below && (
        <p id={`${id}-below`} class={error ? "field__error" : "field__hint"} role={error ? "alert" : undefined}>
          {below}
        </p>
      )}
    </div>
  );
}
