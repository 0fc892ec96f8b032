import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

import "./section.css";

/** One section of a page of settings: its description on the left, its content on the right. */
export function Section({ title, lead, children }: { title: string; lead: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="section" aria-labelledby={id}>
      <div class="section__columns">
        <header class="section__about">
          <h2 id={id} tabIndex={-1}>
            {title}
          </h2>
          <p>{lead}</p>
        </header>
        <div class="card card--padded section__card">{children}</div>
      </div>
    </section>
  );
}
