import { useEffect, useState } from "preact/hooks";

import type { Company } from "../../wire/index.ts";
import { useDesk } from "../desk";

/** The desk's companies by name; empty until loaded. */
export function useCompanies(): readonly Company[] {
  const { store } = useDesk();
  const [companies, setCompanies] = useState<readonly Company[]>([]);
  const start = store.starts.value;
  useEffect(() => {
    // Optional: the page works without them, and the next start fetches them again.
    store.places().then((places) => setCompanies(places.companies ?? []), () => undefined);
  }, [start]);
  return companies;
}
