import { useEffect, useRef, useState } from "preact/hooks";

import { serverNow } from "../../ui";
import type { DeskFigures, FigureQuery } from "../../wire/index.ts";
import { useApp } from "../app_state";

const EVERY_MS = 10_000;

/**
 * `figures`: those of the query; null until they are loaded. `zone`: the desk's, of the last figures of any query; undefined before.
 * `updated`: when they were loaded, by the server's clock. `failed`: the last try failed; older figures of the same query remain.
 */
export interface LiveFigures {
  figures: DeskFigures | null;
  zone: string | undefined;
  updated: number;
  failed: boolean;
  reload: () => void;
}

/** `of`: the query as a text. */
interface Found extends Omit<LiveFigures, "reload"> {
  of: string;
}

/** The figures of a day, loaded again every 10 s while the page is visible, and when it becomes visible. */
export function useFigures(query: FigureQuery): LiveFigures {
  const { store, promise } = useApp();
  const of = JSON.stringify([query.date, query.company, query.board]);
  const [last, setLast] = useState<Found>({ of, figures: null, zone: undefined, updated: 0, failed: false });
  const { zone } = last;
  const found = last.of === of ? last : { of, figures: null, zone, updated: 0, failed: false };
  const newest = useRef(0);
  const load = (): void => {
    const number = ++newest.current;
    store.figures(query).then(
      (figures) => {
        if (number !== newest.current) return;
        // An admin may have changed it since the page's start.
        promise.value = figures.promiseWait ?? 0;
        setLast({ of, figures, zone: figures.zone || "UTC", updated: serverNow(), failed: false });
      },
      () => {
        if (number !== newest.current) return;
        setLast((before) => ({ ...(before.of === of ? before : { of, figures: null, zone: before.zone, updated: 0 }), failed: true }));
      },
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
  }, [of, store.starts.value]);
  const { figures, updated, failed } = found;
  return { figures, zone, updated, failed, reload: load };
}
