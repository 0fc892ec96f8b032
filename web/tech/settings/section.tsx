import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** One section: its description on the left, its settings on the right. */
export function Section({ title, lead, children }: { title: string; lead: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="settings__section" aria-labelledby={id}>
      <header class="settings__about">
        <h2 id={id}>{title}</h2>
        <p>{lead}</p>
      </header>
      <div class="card card--padded settings__card">{children}</div>
    </section>
  );
}
