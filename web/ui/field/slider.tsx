import { useId, useLayoutEffect, useState } from "preact/hooks";

import "./slider.css";

export interface SliderProps {
  label: string;
  /** 0 to 100. */
  value: number;
  /** Called when the person lets go, not on each step. */
  onChange: (value: number) => void;
  disabled?: boolean;
}

/** A slider from 0 to 100 %. */
export function Slider({ label, value, onChange, disabled }: SliderProps) {
  const id = useId();
  const [moving, setMoving] = useState(value);
  // Before the person can act: a later effect would undo their first step.
  useLayoutEffect(() => setMoving(value), [value]);
  return (
    <div class="slider">
      <label for={id} class="slider__label">
        {label}
      </label>
      <input
        id={id}
        type="range"
        class="slider__bar"
        min={0}
        max={100}
        step={5}
        value={moving}
        disabled={disabled}
        aria-valuetext={`${moving} %`}
        onInput={(event) => setMoving(Number(event.currentTarget.value))}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
      />
      <span class="slider__value" aria-hidden="true">
        {moving} %
      </span>
    </div>
  );
}
