import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** One section: its description on the left, its content on the right. */
export function Section({ title, lead, children }: { title: string; lead: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="notify__section" aria-labelledby={id}>
      <header class="notify__about">
        <h2 id={id}>{title}</h2>
        <p>{lead}</p>
      </header>
      <div class="card card--padded notify__card">{children}</div>
    </section>
  );
}
