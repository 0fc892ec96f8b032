import { type Signal, signal } from "@preact/signals";

/** A choice of how the app looks, which this browser keeps and the document shows as an attribute. */
export interface Look<T extends string> {
  chosen: Signal<T>;
  /** Applies the kept choice. An app calls it before it renders. */
  start: () => void;
  choose: (next: T) => void;
}

/** The first choice is the usual one: the document has no attribute. */
export function look<T extends string>(name: "theme" | "density", choices: readonly [T, ...T[]]): Look<T> {
  const key = `parley.${name}`;
  const [usual] = choices;
  const chosen = signal<T>(usual);

  function kept(): T {
    try {
      return choices.find((choice) => choice === localStorage.getItem(key)) ?? usual;
    } catch {
      return usual;
    }
  }

  function show(next: T): void {
    chosen.value = next;
    if (next === usual) delete document.documentElement.dataset[name];
    else document.documentElement.dataset[name] = next;
  }

  return {
    chosen,
    start() {
      show(kept());
      // Another tab changed it.
      window.addEventListener("storage", (event) => event.key === key && show(kept()));
    },
    choose(next) {
      show(next);
      try {
        localStorage.setItem(key, next);
      } catch {
        // Without storage, the choice lasts as long as the page.
      }
    },
  };
}
