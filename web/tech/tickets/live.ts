import { useEffect, useRef, useState } from "preact/hooks";

import { type Ticket, keepAnswer, lastAnswer } from "../../wire/index.ts";
import { useApp } from "../app_state";

const SOON_MS = 250;

export interface Live<Answer> {
  answer: Answer | null;
  /** The error of the last call; the data before it stays. */
  error: unknown;
  reload: () => void;
}

/**
 * The answer of `ask`. Asks again when a ticket that `concerns` it changes, and after a reconnect. An answer is
 * ignored if a newer call has answered. With `kept`, the name of a page, the last answer is shown when it cannot be asked, also after
 * another page was shown meanwhile.
 */
export function useLive<Answer>(key: string, ask: () => Promise<Answer>, concerns: (ticket: Ticket) => boolean, kept = ""): Live<Answer> {
  const { store } = useApp();
  const [state, setState] = useState<{ key: string; answer: Answer | null; error: unknown }>({ key: "", answer: null, error: null });
  const latest = useRef({ ask, concerns, question: 0 });
  latest.current.ask = ask;
  latest.current.concerns = concerns;

  const reload = () => {
    const question = ++latest.current.question;
    const current = () => question === latest.current.question;
    latest.current.ask().then(
      (answer) => {
        if (!current()) return;
        setState({ key, answer, error: null });
        if (kept) keepAnswer(store, `${kept} ${key}`, answer);
      },
      (error) => {
        if (!current()) return;
        setState((before) => ({ key, answer: lastAnswer<Answer>(store, `${kept} ${key}`, error) ?? before.answer, error }));
      },
    );
  };

  const start = store.starts.value;
  useEffect(reload, [key, start]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = store.tickets.onChange((ticket) => {
      if (!latest.current.concerns(ticket)) return;
      clearTimeout(timer);
      timer = setTimeout(reload, SOON_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
      latest.current.question++;
    };
  }, [key]);
  return { answer: state.answer, error: state.error, reload };
}
