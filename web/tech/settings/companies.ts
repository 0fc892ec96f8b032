import { useEffect, useState } from "preact/hooks";

import type { Company } from "../../wire/index.ts";
import { useDesk } from "../desk";

/** The desk's companies by name; none until they are known. */
export function useCompanies(): readonly Company[] {
  const { store } = useDesk();
  const [companies, setCompanies] = useState<readonly Company[]>([]);
  const start = store.starts.value;
  useEffect(() => {
    // Whoever shows them works without them, and the next start asks again.
    store.places().then((places) => setCompanies(places.companies ?? []), () => undefined);
  }, [start]);
  return companies;
}
