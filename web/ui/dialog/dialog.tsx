import { X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";

import { IconButton } from "../button/button";
import { classes } from "../classes";
import { words } from "../texts";
import "./dialog.css";

export interface DialogProps {
  title: string;
  /** One sentence below the title, read together with it. */
  text?: ComponentChildren;
  children?: ComponentChildren;
  /** The row of buttons. */
  footer?: ComponentChildren;
  onClose: () => void;
  size?: "s" | "m" | "l";
  /** Keys that the dialog itself answers, such as Ctrl+Enter. */
  onKeyDown?: (event: KeyboardEvent) => void;
  class?: string;
}

/** Shown while it is rendered. The page behind is inert; on the end the focus goes back to where it came from. */
export function Dialog(props: DialogProps) {
  const id = useId();
  const { title, text, children, footer, onClose, size = "m", onKeyDown } = props;
  return (
    <Shell class={classes("dialog", `dialog--${size}`, props.class)} role="dialog" {...{ id, text, onClose, onKeyDown }}>
      <header class="dialog__head">
        <h2 id={`${id}-title`}>{title}</h2>
        <IconButton icon={X} label={words.close} size="s" onClick={onClose} />
      </header>
      {text && (
        <p class="dialog__text" id={`${id}-text`}>
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
  /** The answers; the first one with `autofocus` has the focus. */
  footer: ComponentChildren;
  /** Escape; leave out where an answer is needed. */
  onClose?: () => void;
}

/** A question that stands in the way until it is answered. */
export function AlertDialog({ title, text, picture, footer, onClose }: AlertDialogProps) {
  const id = useId();
  return (
    <Shell class="dialog dialog--s dialog--alert" role="alertdialog" {...{ id, text, onClose }}>
      {picture}
      <h2 id={`${id}-title`}>{title}</h2>
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
}

function Shell({ id, role, text, children, onClose, onKeyDown, ...rest }: ShellProps) {
  const dialog = useRef<HTMLDialogElement>(null);

  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const element = dialog.current!;
    if (!element.open) element.showModal();
    element.querySelector<HTMLElement>("[autofocus]")?.focus();
    return () => {
      element.close();
      if (before?.isConnected) before.focus();
    };
  }, []);

  useEffect(() => {
    const element = dialog.current!;
    // Escape: the owner decides, so that what is shown is always what the state says.
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
        if (event.key === "Escape") {
          event.preventDefault();
          onClose?.();
        }
        onKeyDown?.(event);
        event.stopPropagation();
      }}
      onClick={(event) => event.target === dialog.current && role === "dialog" && outside(event) && onClose?.()}
    >
      {children}
    </dialog>
  );
}

function outside(event: MouseEvent): boolean {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
