import { CircleAlert } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Button } from "../button/button";
import { classes } from "../classes";
import type { Icon } from "../icons";
import { uiTexts } from "../texts";
import "./states.css";

/** Shows its children after a delay, so that fast content does not flicker. */
export function Later({ children, ms = 150 }: { children: ComponentChildren; ms?: number }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return due ? <>{children}</> : null;
}

/** A placeholder in the shape of the content, after 150 ms. `label` is for assistive technology. */
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

/** An empty state: what is missing and what to do. */
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

/** An error state: what happened, and a retry. */
export function ErrorState({ title, children, onRetry, compact }: { title: string; children?: ComponentChildren; onRetry?: () => void; compact?: boolean }) {
  return (
    <div class={classes("state", "state--wrong", compact && "state--compact")} role="alert">
      <span class="state__sign">
        <CircleAlert size={compact ? 18 : 22} aria-hidden="true" />
      </span>
      <p class="state__title">{title}</p>
      {children && <p class="state__text">{children}</p>}
      {onRetry && <Button onClick={onRetry}>{uiTexts.retry}</Button>}
    </div>
  );
}
