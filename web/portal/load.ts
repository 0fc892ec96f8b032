// A page's own fetches: the previous data stays while loading, and an error has its reason.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { Refused, keepAnswer, lastAnswer, sentenceOf } from "../wire";
import { useStore } from "./store_context";
import { texts } from "./texts";

export type Loaded<T> = { value: T | null; error: Refused | null; reload: () => void };

/**
 * Fetches when `key` changes, after each reconnect, and on reload(). An overtaken answer is dropped. What cannot be fetched now is as it was
 * last.
 */
export function useLoad<T>(key: string, ask: () => Promise<T>): Loaded<T> {
  const store = useStore();
  const starts = store.starts.value;
  const [state, setState] = useState<{ key: string; value: T | null; error: Refused | null }>({ key, value: null, error: null });
  const [round, setRound] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (starts === 0) return;
    let overtaken = false;
    latest.current().then(
      (value) => {
        if (overtaken) return;
        setState({ key, value, error: null });
        keepAnswer(store, key, value);
      },
      (error: unknown) => {
        if (overtaken) return;
        const last = lastAnswer<T>(store, key, error);
        setState((before) => ({ key, value: (before.key === key ? before.value : null) ?? last, error: reason(error) }));
      },
    );
    return () => {
      overtaken = true;
    };
  }, [key, round, starts]);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  return state.key === key ? { ...state, reload } : { value: null, error: null, reload };
}

export function reason(error: unknown): Refused {
  return error instanceof Refused ? error : new Refused({ kind: "internal", code: "page", message: String(error) });
}

/** A sentence for people. */
export function sentence(error: unknown): string {
  const refused = reason(error);
  return refused.kind === "unavailable" ? texts.unreachable : (sentenceOf(refused) ?? texts.failed);
}
