import { useEffect, useState } from "preact/hooks";

import type { Board } from "../../wire/index.ts";
import { useDesk } from "../desk";

/** The desk's boards by name; none until they are known. */
export function useBoards(): readonly Board[] {
  const { store } = useDesk();
  const [boards, setBoards] = useState<readonly Board[]>([]);
  const start = store.starts.value;
  useEffect(() => {
    // Whoever shows them works without them, and the next start asks again.
    store.places().then((places) => setBoards(places.boards ?? []), () => undefined);
  }, [start]);
  return boards;
}
