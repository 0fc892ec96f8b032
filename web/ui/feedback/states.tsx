import { CircleAlert } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Button } from "../button/button";
import { classes } from "../classes";
import type { Icon } from "../icons";
import { words } from "../texts";
import "./states.css";

/** Shows its children only after a while, so that what comes at once never flickers. */
export function Later({ children, ms = 150 }: { children: ComponentChildren; ms?: number }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return due ? <>{children}</> : null;
}

/** Grey lines in the shape of what is to come, after 150 ms. `label` is what assistive technology hears. */
export function Skeleton({ label, rows = 3, shape = "lines" }: { label: string; rows?: number; shape?: "lines" | "cards" | "people" }) {
  return (
    <div role="status" aria-label={label} class="skeleton">
      <Later>
        {Array.from({ length: rows }, (_, row) => (
          <div key={row} class={classes("skeleton__row", `skeleton__row--${shape}`)}>
            {shape === "people" && <span class="skeleton__disc" />}
            <span class="skeleton__bar" />
            <span class="skeleton__bar skeleton__bar--short" />
          </div>
        ))}
      </Later>
    </div>
  );
}

interface StateProps {
  title: string;
  children?: ComponentChildren;
  icon?: Icon;
  action?: ComponentChildren;
  compact?: boolean;
}

/** Nothing is there: says so and what to do. */
export function EmptyState({ title, children, icon: Sign, action, compact }: StateProps) {
  return (
    <div class={classes("state", compact && "state--compact")}>
      {Sign && (
        <span class="state__sign">
          <Sign size={compact ? 18 : 22} aria-hidden="true" />
        </span>
      )}
      <p class="state__title">{title}</p>
      {children && <p class="state__text">{children}</p>}
      {action}
    </div>
  );
}

/** It did not work: what happened, and again. */
export function ErrorState({ title, children, onRetry, compact }: { title: string; children?: ComponentChildren; onRetry?: () => void; compact?: boolean }) {
  return (
    <div class={classes("state", "state--wrong", compact && "state--compact")} role="alert">
      <span class="state__sign">
        <CircleAlert size={compact ? 18 : 22} aria-hidden="true" />
      </span>
      <p class="state__title">{title}</p>
      {children && <p class="state__text">{children}</p>}
      {onRetry && <Button onClick={onRetry}>{words.retry}</Button>}
    </div>
  );
}
