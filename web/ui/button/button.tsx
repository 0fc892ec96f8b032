import type { ComponentChildren, Ref } from "preact";

import { classes } from "../classes";
import type { Icon } from "../icons";
import "./button.css";

export type ButtonVariant = "primary" | "secondary" | "ghost" | "danger";

interface Common {
  onClick?: (event: MouseEvent) => void;
  type?: "button" | "submit";
  variant?: ButtonVariant;
  size?: "s" | "m" | "l";
  disabled?: boolean;
  /** Work is in progress: the button keeps its size and name, and ignores clicks. */
  busy?: boolean;
  class?: string;
  /** The id of the form to submit, if the button is outside of it. */
  form?: string;
  autofocus?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export interface ButtonProps extends Common {
  children: ComponentChildren;
  icon?: Icon;
  /** The tooltip. It also explains why a disabled button is disabled. */
  hint?: string;
  /** The accessible name, if the button's text is not enough. */
  label?: string;
  wide?: boolean;
  /** Whether what the button shows and hides is shown. */
  expanded?: boolean;
}

export function Button({ children, icon: Sign, hint, label, variant = "secondary", size = "m", busy, wide, expanded, ...rest }: ButtonProps) {
  return (
    <button
      {...common(rest, busy)}
      class={classes("button", `button--${variant}`, `button--${size}`, wide && "button--wide", busy && "is-busy", rest.class)}
      title={hint}
      aria-label={label}
      aria-expanded={expanded}
    >
      {Sign && <Sign size={size === "s" ? 14 : 16} aria-hidden="true" />}
      <span class="button__text">{children}</span>
    </button>
  );
}

export interface IconButtonProps extends Common {
  icon: Icon;
  /** The accessible name; also the tooltip. */
  label: string;
  /** The tooltip, if it differs from the name, such as why the button is disabled. */
  hint?: string;
  pressed?: boolean;
  expanded?: boolean;
}

export function IconButton({ icon: Sign, label, hint, variant = "ghost", size = "m", busy, pressed, expanded, ...rest }: IconButtonProps) {
  return (
    <button
      {...common(rest, busy)}
      class={classes("button", "button--icon", `button--${variant}`, `button--${size}`, rest.class)}
      aria-label={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      title={hint ?? label}
    >
      <Sign size={size === "s" ? 15 : 17} aria-hidden="true" />
    </button>
  );
}

// aria-disabled instead of disabled keeps the focus and the tooltip, which gives the reason.
function common({ onClick, type = "button", disabled, form, autofocus, ref }: Common, busy?: boolean) {
  const inert = disabled || busy;
  const click = (event: MouseEvent) => {
    if (inert) {
      event.preventDefault();
      event.stopPropagation();
    } else {
      onClick?.(event);
    }
  };
  return { type, form, autofocus, ref, onClick: click, disabled: undefined, "aria-disabled": inert || undefined, "aria-busy": busy || undefined };
}
