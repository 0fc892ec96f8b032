import { useEffect, useState } from "preact/hooks";

import type { Board } from "../../wire/index.ts";
import { useDesk } from "../desk";

/** The desk's boards by name; empty until loaded. */
export function useBoards(): readonly Board[] {
  const { store } = useDesk();
  const [boards, setBoards] = useState<readonly Board[]>([]);
  const start = store.starts.value;
  useEffect(() => {
    // Optional: the page works without them, and the next start fetches them again.
    store.places().then((places) => setBoards(places.boards ?? []), () => undefined);
  }, [start]);
  return boards;
}
