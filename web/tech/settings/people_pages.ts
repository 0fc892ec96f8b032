import { useRef, useState } from "preact/hooks";

import type { DirectoryPerson, PeopleFound } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { useFound } from "../found";

export type Side = "" | "engineer" | "customer";
const FIRST = 10;
const MORE = 50;

/** The first people, with the search that they answer. */
interface First extends PeopleFound {
  of: string;
  search: string;
  kind?: "engineer" | "customer";
}

/** Further people behind the first ones. */
interface Further extends PeopleFound {
  first: PeopleFound;
}

interface PeoplePages {
  /** Null before the first answer. */
  people: readonly DirectoryPerson[] | null;
  failed: boolean;
  /** Loads the next page. Undefined when there is none. */
  more: (() => Promise<void>) | undefined;
  /** Whether the next page could not be loaded. */
  moreFailed: boolean;
  busy: boolean;
  /** Reads the people anew, as many as are shown. */
  reload: () => void;
}

/** The people that match, page by page. */
export function usePeoplePages(text: string, side: Side): PeoplePages {
  const { store } = useApp();
  const [further, setFurther] = useState<Further | null>(null);
  // The first people whose next page could not be loaded.
  const [failedAfter, setFailedAfter] = useState<PeopleFound | null>(null);
  const [busy, setBusy] = useState(false);
  const shown = useRef({ of: "", count: 0 });
  const kind = side || undefined;
  const ask = async (search: string): Promise<First> => {
    const found = await store.people({ kind, search, limit: countOf(search) });
    return { ...found, of: side + search, search, kind };
  };
  const search = useFound(text, ask, side);
  const first = search.found;
  const added = further && further.first === first ? further : null;
  const people = first && [...first.people, ...(added?.people ?? [])];
  const next = (added ?? first)?.next;
  shown.current = { of: first?.of ?? "", count: people?.length ?? 0 };

  /** After a change and a reconnect the list stays as long as it is. */
  function countOf(search: string): number {
    return shown.current.of === side + search ? Math.max(FIRST, shown.current.count) : FIRST;
  }

  async function more() {
    setBusy(true);
    try {
      // Of the search that the shown people answer: the person may be typing the next one.
      const page = await store.people({ kind: first!.kind, search: first!.search, limit: MORE, page: next });
      const before = people ?? [];
      // A person who was renamed meanwhile may be on both pages.
      const others = page.people.filter(({ id }) => !before.some((person) => person.id === id));
      setFurther({ first: first!, people: [...(added?.people ?? []), ...others], next: page.next });
      setFailedAfter(null);
    } catch {
      setFailedAfter(first);
    }
    setBusy(false);
  }

  return { people, failed: search.failed, more: next ? more : undefined, moreFailed: failedAfter !== null && failedAfter === first, busy, reload: search.reload };
}
