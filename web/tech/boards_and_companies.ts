import { useEffect, useState } from "preact/hooks";

import type { Board, Company, BoardsAndCompanies } from "../wire/index.ts";
import { useApp } from "./app_state";

/** The desk's companies by name; empty until loaded. */
export function useCompanies(): readonly Company[] {
  return useBoardsAndCompanies().companies ?? [];
}

/** The desk's boards by name; empty until loaded. */
export function useBoards(): readonly Board[] {
  return useBoardsAndCompanies().boards ?? [];
}

function useBoardsAndCompanies(): BoardsAndCompanies {
  const { store } = useApp();
  const [found, setFound] = useState<BoardsAndCompanies>({});
  const start = store.starts.value;
  useEffect(() => {
    // Optional: the page works without them, and the next start fetches them again.
    store.boardsAndCompanies().then(setFound, () => undefined);
  }, [start]);
  return found;
}
