import type { RefObject } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import { announce } from "../feedback/toast";
import { isEnter } from "../keys";
import { nextIndex } from "../menu/roving";
import { uiTexts } from "../texts";
import { matching, nextPlaceholder, type Reply, slashBefore } from "./replies";

/** The replies with their placeholders filled for this chat; null until they are loaded. `onAsk` loads them. */
export interface CannedReplies {
  all: readonly Reply[] | null;
  onAsk: () => void;
}

/**
 * A slash at the start of a word opens the list. Arrows select, Enter or Tab inserts, Escape closes. After an insertion, Tab goes to the next
 * placeholder that is left. The box keeps its role and the focus; aria-activedescendant names the selected option.
 */
export function useReplyPicker(ref: RefObject<HTMLTextAreaElement | null>, draft: string, onDraft: (text: string) => void, replies?: CannedReplies) {
  const id = useId();
  const [slash, setSlash] = useState<{ from: number; search: string } | null>(null);
  const [here, setHere] = useState(0);
  const inserted = useRef(false);
  const selection = useRef<[number, number] | null>(null);
  const all = replies?.all ?? null;
  const found = slash && all && matching(all, slash.search);
  const count = found?.length ?? 0;
  // Without a match the keys belong to the text again.
  const open = slash !== null && (count > 0 || !all?.length);

  useEffect(() => {
    if (slash && all) announce(uiTexts.chat.repliesFound(count));
  }, [slash?.from, Boolean(all), count]);
  // The draft is rendered before the selection in it is set.
  useLayoutEffect(() => {
    if (selection.current) ref.current?.setSelectionRange(...selection.current);
    selection.current = null;
  }, [draft]);
  useLayoutEffect(() => {
    document.getElementById(`${id}-${here}`)?.scrollIntoView?.({ block: "nearest" });
  }, [here]);
  // A sent message takes its placeholders along.
  if (draft === "") inserted.current = false;

  const close = () => setSlash(null);
  const choose = (reply: Reply) => {
    if (!slash) return;
    const end = slash.from + reply.text.length;
    const text = draft.slice(0, slash.from) + reply.text + draft.slice(slash.from + 1 + slash.search.length);
    const first = nextPlaceholder(text, slash.from);
    inserted.current = true;
    selection.current = first && first[0] < end ? first : [end, end];
    onDraft(text);
    close();
  };
  const goOn = (event: KeyboardEvent): boolean => {
    const next = inserted.current && event.key === "Tab" && !event.shiftKey && nextPlaceholder(draft, ref.current?.selectionEnd ?? 0);
    if (!next) return false;
    event.preventDefault();
    ref.current?.setSelectionRange(...next);
    return true;
  };

  return {
    list: open && replies ? { id, found, none: all?.length === 0, here, onHere: setHere, onChoose: choose } : null,
    box: count ? { "aria-autocomplete": "list" as const, "aria-controls": id, "aria-activedescendant": `${id}-${here}` } : {},
    close,
    /** Looks for a slash before the caret. */
    look: (box: HTMLTextAreaElement) => {
      const seen = replies ? slashBefore(box.value, box.selectionEnd) : null;
      if (seen) replies?.onAsk();
      setSlash(seen);
      setHere(0);
    },
    /** Whether the key is for the list or the placeholders. */
    takes: (event: KeyboardEvent): boolean => {
      if (!open) return goOn(event);
      const next = event.key === "Home" || event.key === "End" ? undefined : nextIndex(event.key, here, count);
      const reply = found?.[here];
      if (next !== undefined) setHere(next);
      else if (event.key === "Escape") close();
      else if (reply && !event.shiftKey && (isEnter(event) || event.key === "Tab")) choose(reply);
      else return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
  };
}
