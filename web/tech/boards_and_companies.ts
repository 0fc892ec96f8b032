import { useEffect, useState } from "preact/hooks";

import type { Board, Company, Places } from "../wire/index.ts";
import { useDesk } from "./desk";

/** The desk's companies by name; empty until loaded. */
export function useCompanies(): readonly Company[] {
  return usePlaces().companies ?? [];
}

/** The desk's boards by name; empty until loaded. */
export function useBoards(): readonly Board[] {
  return usePlaces().boards ?? [];
}

function usePlaces(): Places {
  const { store } = useDesk();
  const [places, setPlaces] = useState<Places>({});
  const start = store.starts.value;
  useEffect(() => {
    // Optional: the page works without them, and the next start fetches them again.
    store.places().then(setPlaces, () => undefined);
  }, [start]);
  return places;
}
