import { X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";

import { IconButton } from "../button/button";
import { classes } from "../classes";
import { ancestors, focusFirst } from "../focus_around";
import { isComposing, typedWithin } from "../keys";
import { uiTexts } from "../texts";
import "./dialog.css";

export interface DialogProps {
  title: string;
  /** One sentence below the title; the accessible description. */
  text?: ComponentChildren;
  children?: ComponentChildren;
  /** The row of buttons. */
  footer?: ComponentChildren;
  onClose: () => void;
  size?: "s" | "m" | "l";
  /** Handles keys of the dialog, such as Ctrl+Enter. */
  onKeyDown?: (event: KeyboardEvent) => void;
  class?: string;
}

/** Open while it is rendered. The page behind is inert; on close, the focus returns, or goes to what is left around an opener that cannot
 * take it. */
export function Dialog(props: DialogProps) {
  const id = useId();
  const { title, text, children, footer, onClose, size = "m", onKeyDown } = props;
  return (
    <Shell class={classes("dialog", `dialog--${size}`, props.class)} role="dialog" {...{ id, text, onClose, onKeyDown }}>
      <header class="dialog__head">
        <h2 id={`${id}-title`} tabIndex={-1}>
          {title}
        </h2>
        <IconButton icon={X} label={uiTexts.close} size="s" onClick={onClose} />
      </header>
      {text && (
        <p class="dialog__text" id={`${id}-text`} dir="auto">
          {text}
        </p>
      )}
      {children && <div class="dialog__body">{children}</div>}
      {footer && <footer class="dialog__foot">{footer}</footer>}
    </Shell>
  );
}

export interface AlertDialogProps {
  title: string;
  text?: ComponentChildren;
  /** A picture above the title. */
  picture?: ComponentChildren;
  /** The answer buttons. The first one with `autofocus` has the focus. */
  footer: ComponentChildren;
  /** Called on Escape; omit it where an answer is required. */
  onClose?: () => void;
  /** The dialog opens without a click, so it first ignores keys that were meant for the page. */
  byItself?: boolean;
}

/** A modal question. */
export function AlertDialog({ title, text, picture, footer, onClose, byItself }: AlertDialogProps) {
  const id = useId();
  return (
    <Shell class="dialog dialog--s dialog--alert" role="alertdialog" {...{ id, text, onClose, byItself }}>
      {picture}
      <h2 id={`${id}-title`} tabIndex={-1}>
        {title}
      </h2>
      {text && (
        <div class="dialog__text" id={`${id}-text`}>
          {text}
        </div>
      )}
      <footer class="dialog__foot">{footer}</footer>
    </Shell>
  );
}

interface ShellProps {
  id: string;
  class: string;
  role: "dialog" | "alertdialog";
  text?: ComponentChildren;
  children: ComponentChildren;
  onClose?: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  byItself?: boolean;
}

// How long keys are taken as meant for the page.
const STRAY_KEYS_MS = 700;

function Shell({ id, role, text, children, onClose, onKeyDown, byItself = false, ...rest }: ShellProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const downOutside = useRef(false);
  const typed = useRef(false);

  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const around = ancestors(before);
    const element = dialog.current!;
    if (!element.open) element.showModal();
    const first = element.querySelector<HTMLElement>("[autofocus]");
    // A person who is typing would press the button by accident.
    const guarded = byItself || (first instanceof HTMLButtonElement && typedWithin(STRAY_KEYS_MS));
    (guarded ? document.getElementById(`${id}-title`) : first)?.focus();
    const stopIgnoring = guarded ? ignoreKeys(element) : undefined;
    return () => {
      stopIgnoring?.();
      element.close();
      before?.focus(); // does nothing if it is gone, disabled or hidden
      const lost = document.activeElement === document.body || element.contains(document.activeElement);
      // The opener is gone, such as the button of a row that the dialog deleted.
      if (before !== document.body && lost) focusFirst(around);
    };
  }, []);

  useEffect(() => {
    const element = dialog.current!;
    // Escape: the owner closes it, so that the dialog always matches the state.
    const cancel = (event: Event) => {
      event.preventDefault();
      onClose?.();
    };
    element.addEventListener("cancel", cancel);
    return () => element.removeEventListener("cancel", cancel);
  }, [onClose]);

  return (
    <dialog
      ref={dialog}
      class={rest.class}
      role={role}
      aria-modal="true"
      aria-labelledby={`${id}-title`}
      aria-describedby={text ? `${id}-text` : undefined}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !isComposing(event)) {
          event.preventDefault();
          onClose?.();
        }
        onKeyDown?.(event);
        event.stopPropagation();
      }}
      onInput={() => (typed.current = true)}
      onMouseDown={(event) => (downOutside.current = isOutside(event, dialog.current))}
      // Only a full click outside closes, and only if nothing was typed.
      onClick={(event) => role === "dialog" && downOutside.current && !typed.current && isOutside(event, dialog.current) && onClose?.()}
    >
      {children}
    </dialog>
  );
}

/** Ignores keys for a moment, and while a key that was held down repeats. Returns a function that stops it. */
function ignoreKeys(element: HTMLElement): () => void {
  const since = Date.now();
  const ignore = (event: KeyboardEvent) => {
    const over = Date.now() - since >= STRAY_KEYS_MS;
    if (over && !event.repeat) return stop();
    event.preventDefault();
    event.stopPropagation();
  };
  const stop = () => element.removeEventListener("keydown", ignore, true);
  element.addEventListener("keydown", ignore, true);
  return stop;
}

function isOutside(event: MouseEvent, dialog: HTMLElement | null): boolean {
  if (!dialog || event.target !== dialog) return false;
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
