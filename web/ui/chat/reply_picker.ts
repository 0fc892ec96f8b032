import type { RefObject } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import { announce } from "../feedback/toast";
import { isEnter } from "../keys";
import { nextIndex } from "../menu/roving";
import { uiTexts } from "../texts";
import { matching, placeholders, type Reply, slashBefore } from "./replies";

/** The replies with their placeholders filled for this chat; null until they are loaded. `onAsk` loads them. */
export interface CannedReplies {
  all: readonly Reply[] | null;
  onAsk: () => void;
}

/**
 * A slash at the start of a word opens the list. Arrows select, Enter or Tab inserts, Escape closes. After an insertion, Tab and Shift+Tab
 * go to the placeholders that it left. The box keeps its role and the focus; aria-activedescendant names the selected option.
 */
export function useReplyPicker(ref: RefObject<HTMLTextAreaElement | null>, draft: string, onDraft: (text: string) => void, replies?: CannedReplies) {
  const id = useId();
  const [slash, setSlash] = useState<{ from: number; search: string } | null>(null);
  const [here, setHere] = useState(0);
  // The placeholders of the inserted replies, such as "{date}".
  const unfilled = useRef(new Set<string>());
  const [held, setHeld] = useState<{ draft: string; at: [number, number] } | null>(null);
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
  // A sent message takes its placeholders along. They stay while the box is used for something without replies.
  if (draft === "" && replies) unfilled.current.clear();

  const close = () => setSlash(null);
  const choose = (reply: Reply) => {
    if (!slash) return;
    const end = slash.from + reply.text.length;
    const text = draft.slice(0, slash.from) + reply.text + draft.slice(slash.from + 1 + slash.search.length);
    const left = placeholders(reply.text);
    for (const at of left) unfilled.current.add(reply.text.slice(...at));
    selection.current = left[0] ? [slash.from + left[0][0], slash.from + left[0][1]] : [end, end];
    onDraft(text);
    close();
  };
  const left = () => placeholders(draft).filter((at) => unfilled.current.has(draft.slice(...at)));
  const goOn = (event: KeyboardEvent): boolean => {
    if (event.key !== "Tab" || !ref.current) return false;
    const { selectionStart, selectionEnd } = ref.current;
    const next = event.shiftKey ? left().findLast(([, end]) => end <= selectionStart) : left().find(([start]) => start >= selectionEnd);
    if (!next) return false;
    event.preventDefault();
    ref.current.setSelectionRange(...next);
    setHeld(null);
    return true;
  };
  const holds = (): boolean => {
    const all = left();
    if (!ref.current || all.length === 0) return false;
    const { selectionStart, selectionEnd } = ref.current;
    const isSelected = (at: [number, number]) => at[0] === selectionStart && at[1] === selectionEnd;
    if (held?.draft === draft && isSelected(held.at)) return false;
    const next = all.find(isSelected) ?? all.find(([start]) => start >= selectionEnd) ?? all[0]!;
    ref.current.focus();
    ref.current.setSelectionRange(...next);
    setHeld({ draft, at: next });
    return true;
  };

  return {
    list: open && replies ? { id, found, none: all?.length === 0, here, onHere: setHere, onChoose: choose } : null,
    box: count ? { "aria-autocomplete": "list" as const, "aria-controls": id, "aria-activedescendant": `${id}-${here}` } : {},
    close,
    /** Whether the draft must not be sent yet: it selects a placeholder that is left. The next call lets the draft go with it. */
    holds,
    /** The placeholder that kept the draft from being sent. */
    held: held?.draft === draft ? draft.slice(...held.at) : null,
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
