import { useId } from "preact/hooks";

import "./segments.css";

export interface SegmentsProps<T> {
  /** The name of the group. */
  label: string;
  value: T;
  /** `sign` is shown in place of the label. */
  choices: readonly { value: T; label: string; sign?: string }[];
  onChange: (value: T) => void;
}

/** One of a few choices, side by side, of which the chosen one is raised: radio buttons. */
export function Segments<T extends string | boolean>({ label, value, choices, onChange }: SegmentsProps<T>) {
  // Radio buttons with one name are one group, also those of other forms on the page.
  const name = useId();
  return (
    <div class="segments" role="radiogroup" aria-label={label}>
      {choices.map((choice) => (
        <label key={choice.label} title={choice.sign && choice.label}>
          <input type="radio" name={name} aria-label={choice.sign && choice.label} checked={choice.value === value} onChange={() => onChange(choice.value)} />
          {choice.sign ?? choice.label}
        </label>
      ))}
    </div>
  );
}
