import { useEffect, useRef, useState } from "preact/hooks";

import { serverNow } from "../../ui";
import type { DeskFigures, FigureQuery } from "../../wire/index.ts";
import { useApp } from "../app_state";

const EVERY_MS = 10_000;

/** `updated`: when they were loaded, by the server's clock. `failed`: the last try failed; older figures remain. */
export interface LiveFigures {
  figures: DeskFigures | null;
  updated: number;
  failed: boolean;
  reload: () => void;
}

/** The figures of a day, loaded again every 10 s while the page is visible, and when it becomes visible. */
export function useFigures(query: FigureQuery): LiveFigures {
  const { store, promise } = useApp();
  const [found, setFound] = useState<Omit<LiveFigures, "reload">>({ figures: null, updated: 0, failed: false });
  const newest = useRef(0);
  const load = (): void => {
    const number = ++newest.current;
    store.figures(query).then(
      (figures) => {
        if (number !== newest.current) return;
        // An admin may have changed it since the page's start.
        promise.value = figures.promiseWait ?? 0;
        setFound({ figures, updated: serverNow(), failed: false });
      },
      () => number === newest.current && setFound((before) => ({ ...before, failed: true })),
    );
  };
  useEffect(() => {
    load();
    const loadIfVisible = (): void => {
      if (!document.hidden) load();
    };
    const timer = setInterval(loadIfVisible, EVERY_MS);
    document.addEventListener("visibilitychange", loadIfVisible);
    return () => {
      newest.current++;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", loadIfVisible);
    };
  }, [query.date, query.company, query.board, store.starts.value]);
  return { ...found, reload: load };
}
