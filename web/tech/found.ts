import { useEffect, useRef, useState } from "preact/hooks";

import { useApp } from "./app_state";

const TYPED_MS = 200;

export interface Found<Answer> {
  /** The results of the last answered search; null before the first. */
  found: Answer | null;
  failed: boolean;
  reload: () => void;
}

/** The server's results for the typed text. Searches after a short pause in typing, again after a reconnect, and when `also` changes. */
export function useFound<Answer>(text: string, ask: (search: string) => Promise<Answer>, also = ""): Found<Answer> {
  const starts = useApp().store.starts.value;
  const [state, setState] = useState<{ found: Answer | null; failed: boolean }>({ found: null, failed: false });
  const [round, setRound] = useState(0);
  const asked = useRef(false);
  const search = text.trim();
  useEffect(() => {
    let overtaken = false;
    const find = () =>
      ask(search).then(
        (found) => !overtaken && setState({ found, failed: false }),
        () => !overtaken && setState((before) => ({ ...before, failed: true })),
      );
    const timer = setTimeout(find, asked.current ? TYPED_MS : 0);
    asked.current = true;
    return () => {
      overtaken = true;
      clearTimeout(timer);
    };
  }, [search, also, starts, round]);
  return { ...state, reload: () => setRound((count) => count + 1) };
}
