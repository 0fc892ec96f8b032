import type { ComponentChildren } from "preact";

import { classes } from "../classes";
import type { Icon } from "../icons";
import "./surface.css";

export type Tone = "neutral" | "accent" | "ok" | "warn" | "danger";

/** A count on an icon or tab; nothing at zero. Hidden from assistive technology, because the name includes the number. */
export function Badge({ count, tone = "danger" }: { count: number; tone?: Tone }) {
  if (count <= 0) return null;
  return (
    <span class={classes("badge", `badge--${tone}`)} aria-hidden="true">
      {count > 99 ? "99+" : count}
    </span>
  );
}

/** A short fact: status, date, number. The icon or the text repeats what the colour means. */
export function Chip({ children, tone = "neutral", icon: Sign, title }: { children: ComponentChildren; tone?: Tone; icon?: Icon; title?: string }) {
  return (
    <span class={classes("chip", `chip--${tone}`)} title={title}>
      {Sign && <Sign size={12} aria-hidden="true" />}
      {children}
    </span>
  );
}

export interface CardProps {
  children: ComponentChildren;
  /** Makes the card an article with this name. */
  name?: string;
  class?: string;
  padded?: boolean;
}

export function Card({ children, name, padded = true, ...rest }: CardProps) {
  const look = classes("card", padded && "card--padded", rest.class);
  return name === undefined ? (
    <div class={look}>{children}</div>
  ) : (
    <article class={look} aria-label={name}>
      {children}
    </article>
  );
}

/** A notice with optional actions. */
export function Banner({ children, tone = "neutral", icon: Sign, actions }: { children: ComponentChildren; tone?: Tone; icon?: Icon; actions?: ComponentChildren }) {
  return (
    <div class={classes("banner", `banner--${tone}`)}>
      {Sign && <Sign size={16} aria-hidden="true" />}
      <span class="banner__text">{children}</span>
      {actions}
    </div>
  );
}
