import type { ComponentChildren } from "preact";

import { classes } from "../classes";
import type { Icon } from "../icons";
import "./timeline.css";

export interface TimelineProps {
  label: string;
  children: ComponentChildren;
}

/** A list of events, newest last. */
export function Timeline({ label, children }: TimelineProps) {
  return (
    <ol class="timeline" aria-label={label}>
      {children}
    </ol>
  );
}

export interface TimelineItemProps {
  /** A picture or an icon at the entry. */
  sign: ComponentChildren | { icon: Icon };
  head: ComponentChildren;
  children?: ComponentChildren;
  /** "quiet" is a single line; "internal" is marked as visible to engineers only. */
  look?: "plain" | "quiet" | "internal";
}

export function TimelineItem({ sign, head, children, look = "plain" }: TimelineItemProps) {
  return (
    <li class={classes("timeline__item", `timeline__item--${look}`)}>
      <span class="timeline__sign">{signOf(sign)}</span>
      <div class="timeline__content">
        <div class="timeline__head">{head}</div>
        {children && <div class="timeline__body">{children}</div>}
      </div>
    </li>
  );
}

function signOf(sign: TimelineItemProps["sign"]): ComponentChildren {
  if (sign && typeof sign === "object" && "icon" in sign) {
    const Sign = sign.icon;
    return (
      <span class="timeline__icon">
        <Sign size={14} aria-hidden="true" />
      </span>
    );
  }
  return sign;
}
