import type { Placement } from "@floating-ui/dom";
import { Check } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import { classes } from "../classes";
import type { Icon } from "../icons";
import { nextIndex, typedIndex } from "./roving";
import "./menu.css";

export type MenuEntry =
  | {
      kind: "item";
      label: string;
      icon?: Icon;
      onSelect: () => void;
      disabled?: boolean;
      hint?: string;
      danger?: boolean;
    }
  | { kind: "radio"; label: string; checked: boolean; onSelect: () => void; before?: ComponentChildren; hint?: string }
  | { kind: "check"; label: string; checked: boolean; onSelect: () => void; icon?: Icon; hint?: string }
  | { kind: "heading"; label: string }
  | { kind: "separator" };

/** An entry that does something. */
export type MenuItem = Extract<MenuEntry, { kind: "item" }>;

export interface MenuProps {
  /** The accessible name of the button. */
  label: string;
  /** The content of the button. */
  children: ComponentChildren;
  entries: MenuEntry[];
  class?: string;
  placement?: Placement;
  title?: string;
}

/** Loads where a menu goes: when the pointer or the focus comes to a button, so that it is there at the click. */
const loadPosition = () => import("./position");

/** A button with a menu. Arrows, Home, End and first letters move; Escape and Tab close it and return the focus. */
export function Menu({ label, children, entries, placement = "bottom-end", title, ...rest }: MenuProps) {
  const [open, setOpen] = useState<false | "first" | "last">(false);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = (refocus = true) => {
    setOpen(false);
    if (refocus) button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={rest.class ?? "button button--ghost"}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={Boolean(open)}
        aria-controls={open ? id : undefined}
        title={title}
        onPointerEnter={() => void loadPosition().catch(() => undefined)}
        onFocus={() => void loadPosition().catch(() => undefined)}
        onClick={() => setOpen(open ? false : "first")}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          setOpen(event.key === "ArrowDown" ? "first" : "last");
        }}
      >
        {children}
      </button>
      {open && <MenuList {...{ id, label, entries, placement, close, start: open, anchor: button.current! }} />}
    </>
  );
}

interface ListProps {
  id: string;
  label: string;
  entries: MenuEntry[];
  placement: Placement;
  start: "first" | "last";
  anchor: HTMLElement;
  close: (refocus?: boolean) => void;
}

function MenuList({ id, label, entries, placement, start, anchor, close }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  const items = () => [...list.current!.querySelectorAll<HTMLElement>("[role^=menuitem]")];

  useLayoutEffect(() => {
    const element = list.current!;
    // In the top layer, neither a window's edge nor a dialog clips the menu.
    element.showPopover?.();
    element.style.opacity = "0";
    let stop: (() => void) | null = () => undefined;
    loadPosition().then(
      ({ keepBeside }) => stop && (stop = keepBeside(anchor, element, placement)),
      // A new version may have replaced the part. The menu is at least near its button.
      () => Object.assign(element.style, { left: "8px", top: `${anchor.getBoundingClientRect().bottom}px`, opacity: "" }),
    );
    items().at(start === "first" ? 0 : -1)?.focus({ preventScroll: true });
    return () => {
      stop?.();
      stop = null;
    };
  }, [anchor]);

  useEffect(() => {
    const outside = (event: Event) => {
      const target = event.target as Node;
      if (!list.current?.contains(target) && !anchor.contains(target)) close(false);
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    const all = items();
    const here = all.indexOf(document.activeElement as HTMLElement);
    const next = nextIndex(event.key, here, all.length) ?? typedIndex(event.key, here, all.map((item) => item.textContent ?? ""));
    if (next !== undefined) {
      event.preventDefault();
      all[next]?.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") {
      close();
    }
  };

  return (
    <div ref={list} id={id} class="menu" role="menu" aria-label={label} popover="manual" onKeyDown={onKeyDown}>
      {entries.map((entry, index) => (
        <Entry key={index} entry={entry} close={close} />
      ))}
    </div>
  );
}

const ROLES = { item: "menuitem", radio: "menuitemradio", check: "menuitemcheckbox" } as const;

function Entry({ entry, close }: { entry: MenuEntry; close: () => void }) {
  if (entry.kind === "separator") return <div class="menu__separator" role="separator" />;
  if (entry.kind === "heading")
    return (
      <div class="menu__heading" role="presentation">
        {entry.label}
      </div>
    );
  const disabled = entry.kind === "item" && entry.disabled;
  const choose = () => {
    if (disabled) return;
    close();
    entry.onSelect();
  };
  const IconOf = entry.kind === "radio" ? undefined : entry.icon;
  const checked = entry.kind === "item" ? undefined : entry.checked;
  return (
    <button
      type="button"
      tabIndex={-1}
      class={classes("menu__item", entry.kind === "item" && entry.danger && "menu__item--danger")}
      role={ROLES[entry.kind]}
      aria-checked={checked}
      aria-disabled={disabled || undefined}
      aria-label={entry.label}
      title={entry.hint}
      onClick={choose}
      onPointerMove={(event) => (event.currentTarget as HTMLElement).focus({ preventScroll: true })}
    >
      {IconOf && <IconOf size={16} aria-hidden="true" />}
      {entry.kind === "radio" && entry.before}
      <span class="menu__text">{entry.label}</span>
      {checked && <Check size={15} aria-hidden="true" />}
    </button>
  );
}
