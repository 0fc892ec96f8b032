import { classes } from "../classes";
import { uiTexts } from "../texts";
import type { Reply } from "./replies";
import "./reply_list.css";

interface ReplyListProps {
  id: string;
  /** Null while they are loaded. */
  found: readonly Reply[] | null;
  /** Whether there are any at all. */
  none: boolean;
  here: number;
  onHere: (index: number) => void;
  onChoose: (reply: Reply) => void;
}

/** The canned replies that match what is typed behind the slash. The focus stays in the composer. */
export function ReplyList({ id, found, none, here, onHere, onChoose }: ReplyListProps) {
  if (!found) return <p class="reply-list reply-list__none">{uiTexts.chat.repliesLoading}</p>;
  if (none) return <p class="reply-list reply-list__none">{uiTexts.chat.repliesNone}</p>;
  if (found.length === 0) return null;
  return (
    // A press on an option would take the focus from the composer.
    <div class="reply-list" role="listbox" id={id} aria-label={uiTexts.chat.replies} onMouseDown={(event) => event.preventDefault()}>
      {found.map((reply, index) => (
        <div
          key={`${reply.group}:${reply.id}`}
          role="option"
          id={`${id}-${index}`}
          aria-selected={index === here}
          class={classes("reply-list__one", index === here && "is-here")}
          onPointerMove={() => onHere(index)}
          onClick={() => onChoose(reply)}
        >
          <span class="reply-list__title" dir="auto">{reply.title}</span>
          <span class="reply-list__group">{reply.group}</span>
          <span class="reply-list__text" dir="auto">{reply.text}</span>
        </div>
      ))}
    </div>
  );
}
