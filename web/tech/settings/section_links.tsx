import { useEffect, useRef, useState } from "preact/hooks";

import { classes } from "../../ui";
import "./section_links.css";
import { settingsTexts } from "./settings_texts";

/** One section of a long page; `id` is the id of its element. */
export interface Part {
  id: string;
  title: string;
}

// Below the head of the page, which stays in view.
const TOP = 96;
const SPACE = 8;

/** Links to the sections of a long page: beside them on a wide page, else above them. Marks the section that is in view. */
export function SectionLinks({ parts }: { parts: readonly Part[] }) {
  const [current, setCurrent] = useState(parts[0]?.id);
  const followedTo = useRef<number | undefined>(undefined);
  const ids = parts.map(({ id }) => id).join();
  useEffect(() => {
    const page = document.getElementById("page");
    const mark = () => {
      // A section at the end of the page cannot be scrolled to the top, but stays marked after its link was used until the page is scrolled.
      if (page?.scrollTop === followedTo.current) return;
      followedTo.current = undefined;
      setCurrent(inView(parts, page));
    };
    page?.addEventListener("scroll", mark, { passive: true });
    return () => page?.removeEventListener("scroll", mark);
  }, [ids]);
  const open = (id: string) => {
    const part = document.getElementById(id);
    setCurrent(id);
    part?.scrollIntoView();
    showBelowHead(part);
    followedTo.current = document.getElementById("page")?.scrollTop;
    part?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
  };
  return (
    <nav class="section-links" aria-label={settingsTexts.sections}>
      <ul>
        {parts.map(({ id, title }) => (
          <li key={id}>
            <a
              href={`#${id}`}
              class={classes("section-links__link", id === current && "section-links__link--current")}
              aria-current={id === current || undefined}
              onClick={(event) => {
                event.preventDefault();
                open(id);
              }}
            >
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** On a phone the head, which stays in view, has several rows. */
function showBelowHead(part: HTMLElement | null): void {
  const page = document.getElementById("page");
  const head = page?.querySelector(".settings__head");
  if (!part || !page || !head) return;
  page.scrollTop -= Math.max(0, head.getBoundingClientRect().bottom + SPACE - part.getBoundingClientRect().top);
}

/** The last section that begins above the line below the head; at the end of the page the last one of all. */
function inView(parts: readonly Part[], page: HTMLElement | null): string | undefined {
  if (page && page.scrollTop > 0 && page.scrollTop + page.clientHeight >= page.scrollHeight - 1) return parts.at(-1)?.id;
  const top = (page?.getBoundingClientRect().top ?? 0) + TOP;
  const begun = parts.filter(({ id }) => (document.getElementById(id)?.getBoundingClientRect().top ?? Infinity) <= top);
  return (begun.at(-1) ?? parts[0])?.id;
}
