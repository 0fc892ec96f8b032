import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { isComposing } from "../index";
import { COLUMNS, type Emoji, step } from "./groups";

interface EmojiGridProps {
  label: string;
  emoji: readonly Emoji[];
  onChoose: (emoji: string) => void;
  /** Moves the focus to the search box: above the first row, or because the person types. */
  onLeave: () => void;
}

/** One stop of the Tab key. Arrows, Home and End move; Enter and Space choose. */
export function EmojiGrid({ label, emoji, onChoose, onLeave }: EmojiGridProps) {
  const grid = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  // Before the person can act: a later effect would undo their first step.
  useLayoutEffect(() => setAt(0), [emoji]);
  const here = Math.min(at, emoji.length - 1);

  const onKeyDown = (event: KeyboardEvent) => {
    const next = step(event, here, emoji.length);
    const types = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onChoose(emoji[here]![0]);
    } else if (next !== undefined) {
      event.preventDefault();
      if (next < 0) onLeave();
      else grid.current!.querySelectorAll<HTMLElement>("[role=gridcell]")[next]?.focus();
    } else if (types || isComposing(event)) {
      // The character goes into the box that has the focus now.
      onLeave();
    }
  };

  return (
    <div ref={grid} class="emoji-grid" role="grid" aria-label={label} onKeyDown={onKeyDown}>
      {Array.from({ length: Math.ceil(emoji.length / COLUMNS) }, (_, row) => (
        <div key={row} class="emoji-grid__row" role="row">
          {emoji.slice(row * COLUMNS, (row + 1) * COLUMNS).map(([one, name], column) => {
            const index = row * COLUMNS + column;
            return (
              <div
                key={one}
                class="emoji-grid__one"
                role="gridcell"
                aria-label={name}
                title={name}
                tabIndex={index === here ? 0 : -1}
                onFocus={() => setAt(index)}
                onClick={() => onChoose(one)}
              >
                {one}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}
