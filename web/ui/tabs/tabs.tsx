import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

import { classes } from "../classes";
import { nextIndex } from "../menu/roving";
import "./tabs.css";

export interface Tab<Key extends string> {
  key: Key;
  /** The accessible name. */
  name: string;
  /** The visible content; the name by default. */
  label?: ComponentChildren;
}

export interface TabsProps<Key extends string> {
  label: string;
  tabs: Tab<Key>[];
  selected: Key | null;
  onSelect: (key: Key) => void;
  vertical?: boolean;
  /** The panel of the selected tab. */
  children?: ComponentChildren;
  class?: string;
}

/** Tabs with their panel. Arrows move and select; Home and End go to the ends. */
export function Tabs<Key extends string>({ label, tabs, selected, onSelect, vertical, children, ...rest }: TabsProps<Key>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const here = tabs.findIndex((tab) => tab.key === selected);
  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...list.current!.querySelectorAll<HTMLElement>("[role=tab]")];
    const next = nextIndex(event.key, buttons.indexOf(document.activeElement as HTMLElement), tabs.length, !vertical);
    if (next === undefined) return;
    event.preventDefault();
    buttons[next]?.focus();
    if (selected !== null) onSelect(tabs[next]!.key);
  };
  return (
    <div class={classes("tabs", vertical && "tabs--vertical", rest.class)}>
      <div ref={list} class="tabs__list" role="tablist" aria-label={label} aria-orientation={vertical ? "vertical" : "horizontal"} onKeyDown={onKeyDown}>
        {tabs.map((tab, index) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            id={`${id}-${tab.key}`}
            class="tabs__tab"
            aria-label={tab.name}
            aria-selected={tab.key === selected}
            aria-controls={tab.key === selected && children ? `${id}-panel` : undefined}
            tabIndex={index === Math.max(here, 0) ? 0 : -1}
            title={vertical ? tab.name : undefined}
            onClick={() => onSelect(tab.key)}
          >
            {tab.label ?? tab.name}
          </button>
        ))}
      </div>
      {children && selected !== null && (
        <div class="tabs__panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${selected}`}>
          {children}
        </div>
      )}
    </div>
  );
}
