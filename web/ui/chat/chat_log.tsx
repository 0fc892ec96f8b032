import { ArrowDown, CircleAlert, Clock, RotateCcw } from "lucide-preact";
import { Component } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { Button } from "../button/button";
import { classes } from "../classes";
import { ErrorState, Skeleton } from "../feedback/states";
import { Avatar } from "../person/avatar";
import { FormattedText } from "../text/formatted_text";
import { Time } from "../time/time";
import { serverNow } from "../time/clock";
import { uiTexts } from "../texts";
import { MessageFiles, useFilesShown } from "./message_files";
import { InternalMark } from "./internal_mark";
import { type ChatItem, type ChatMessageItem, type ChatRow, type ReadMarks, rowsOf } from "./model";
import { useQuietLog } from "./quiet_log";
import { markOf, ReadMark } from "./read_mark";
import "./chat_log.css";

interface ChatLogProps {
  items: ChatItem[];
  me: string;
  marks?: ReadMarks;
  unreadFrom?: string;
  loading?: boolean;
  error?: { text: string; next?: string; onRetry: () => void };
  /** The end is in view. The caller checks whether the page is visible. */
  onSeen?: () => void;
  onRetry: (key: string) => void;
}

const NEAR_PX = 48;
const PAGE = 120;
// The first item shown changes once for so many new ones, because its group is rendered anew then.
const STEP = 40;
const NO_MARKS: ReadMarks = {};

/** The messages. At the end, the log follows new ones; scrolled up, it stays and shows that there are more. */
export function ChatLog({ items, me, marks = NO_MARKS, unreadFrom, loading, error, onSeen, onRetry }: ChatLogProps) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  // Where the end was scrolled to last.
  const endTop = useRef(0);
  const [away, setAway] = useState(false);
  const [shown, setShown] = useState(PAGE);
  const [seenCount, setSeenCount] = useState(items.length);
  const heightBefore = useRef(0);
  const { live, hush } = useQuietLog(Boolean(loading));

  // Only the end of a long conversation is rendered; earlier parts follow when the reader scrolls up.
  const from = stepped(Math.min(items.length, seenCount) - shown);
  const rows = useMemo(() => rowsOf(from ? items.slice(from) : items, unreadFrom, serverNow()), [items, from, unreadFrom]);

  const filesShown = useFilesShown(items.some((item) => item.kind === "message" && item.files));

  const scrollToEnd = (element: HTMLDivElement) => {
    element.scrollTop = element.scrollHeight;
    endTop.current = element.scrollTop;
  };

  const last = items.at(-1);
  const ownLast = last?.kind === "message" && last.by.id === me && last.state !== undefined ? last.key : "";
  useLayoutEffect(() => {
    if (ownLast) atEnd.current = true;
  }, [ownLast]);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (heightBefore.current) {
      element.scrollTop += element.scrollHeight - heightBefore.current;
      heightBefore.current = 0;
    } else if (atEnd.current) {
      scrollToEnd(element);
      setSeenCount(items.length);
      setAway(false);
      onSeen?.();
    }
  }, [rows, loading, error?.text, filesShown]);

  // When the window is resized, a phone's keyboard opens or a picture is loaded, the end stays in view.
  useLayoutEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) scrollToEnd(element);
    });
    observer.observe(element);
    observer.observe(element.firstElementChild!);
    return () => observer.disconnect();
  }, []);

  // Messages that arrived while the page was hidden are seen when it is visible again.
  useEffect(() => {
    const look = () => atEnd.current && onSeen?.();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [onSeen]);

  const onScroll = () => {
    // Scroll events come a frame later, when the window may be closed.
    const element = box.current;
    if (!element) return;
    const isNear = () => element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    // The log may have become higher since it was scrolled to its end. The reader leaves the end by scrolling up.
    if (!isNear() && atEnd.current && element.scrollTop >= endTop.current) scrollToEnd(element);
    const near = isNear();
    atEnd.current = near;
    setAway(!near);
    if (near) {
      endTop.current = element.scrollTop;
      setSeenCount(items.length);
      onSeen?.();
    }
    if (element.scrollTop < NEAR_PX && from > 0) earlier(element);
  };
  const earlier = (element: HTMLElement) => {
    hush();
    heightBefore.current = element.scrollHeight;
    setShown((count) => count + PAGE);
  };
  const toEnd = () => {
    atEnd.current = true;
    scrollToEnd(box.current!);
    setAway(false);
    setSeenCount(items.length);
    onSeen?.();
  };
  const fresh = items.length - seenCount;

  return (
    <div class="chat-log">
      <div ref={box} class="chat-log__scroll" role="log" aria-live={live} aria-label={uiTexts.chat.log} tabIndex={0} onScroll={onScroll}>
        <div class="chat-log__rows">
          {from > 0 && (
            <button type="button" class="chat__link chat-log__earlier" onClick={() => box.current && earlier(box.current)}>
              {uiTexts.chat.earlier}
            </button>
          )}
          {/* Unsent messages are available without the log, and shown below. */}
          {loading && <Skeleton label={uiTexts.chat.loading} rows={4} shape="people" />}
          {error && (
            <ErrorState title={error.text} onRetry={error.onRetry} compact>
              {error.next}
            </ErrorState>
          )}
          {rows.map((row) => (
            <Row key={row.key} row={row} me={me} marks={marks} onRetry={onRetry} />
          ))}
          {!loading && !error && items.length === 0 && <p class="chat-log__empty">{uiTexts.chat.empty}</p>}
        </div>
      </div>
      {away && (
        <button type="button" class="chat-log__latest" onClick={toEnd}>
          <ArrowDown size={14} aria-hidden="true" />
          {fresh > 0 ? uiTexts.chat.latestNew(fresh) : uiTexts.chat.latest}
        </button>
      )}
    </div>
  );
}

function Row({ row, me, marks, onRetry }: { row: ChatRow; me: string; marks: ReadMarks; onRetry: (key: string) => void }) {
  if (row.kind === "day") return <p class="chat-log__day">{row.text}</p>;
  if (row.kind === "new")
    return (
      <p class="chat-log__new">
        <span>{uiTexts.chat.unreadDivider}</span>
      </p>
    );
  if (row.kind === "system")
    return (
      <div class={classes("chat-log__system", Boolean(row.item.actions?.length) && "chat-log__system--actions")}>
        <p>
          <span>{row.item.text}</span> <Time at={row.item.at} />
        </p>
        {row.item.actions && row.item.actions.length > 0 && (
          <div class="chat-log__actions">
            {row.item.actions.map(({ label, onSelect, primary, disabled, hint }) => (
              <Button key={label} size="s" variant={primary ? "primary" : "secondary"} disabled={disabled} hint={hint} onClick={onSelect}>
                {label}
              </Button>
            ))}
          </div>
        )}
      </div>
    );
  const own = row.by.id === me;
  return (
    <div class={classes("chat-log__group", own && "chat-log__group--own", `chat-log__group--${row.by.side}`, row.internal && "chat-log__group--internal")}>
      {!own && (
        // A screen reader reads everything new in a log; the people strip shows who comes and goes.
        <span class="chat-log__face" aria-live="off">
          <Avatar id={row.by.id} name={row.by.name} side={row.by.side} size="s" />
        </span>
      )}
      <div class="chat-log__messages">
        <p class="chat-log__by">
          <span class={own ? "unseen" : "chat-log__name"}><bdi>{row.by.name}</bdi></span> <Time at={row.at} />
        </p>
        {row.internal && <InternalMark />}
        {row.items.map((item) => (
          <Message key={item.key} item={item} mark={own ? markOf(marks, item.key) : undefined} onRetry={onRetry} />
        ))}
      </div>
    </div>
  );
}

interface MessageProps {
  item: ChatMessageItem;
  mark?: string;
  onRetry: (key: string) => void;
}

/** Rendered again only if it may look different: a log shows hundreds of messages, and a new one changes none of the others. */
class Message extends Component<MessageProps> {
  override shouldComponentUpdate({ item, mark }: MessageProps): boolean {
    return mark !== this.props.mark || item.state !== undefined || !isSame(item, this.props.item);
  }

  override render(props: MessageProps) {
    return <MessageBody {...props} />;
  }
}

/** Whether two items with the same key look the same. */
function isSame(one: ChatMessageItem, other: ChatMessageItem): boolean {
  const files = (item: ChatMessageItem) => item.files?.map((file) => file.url).join("\n");
  return one.text === other.text && one.at === other.at && one.state === other.state && files(one) === files(other);
}

function stepped(from: number): number {
  return Math.max(0, Math.floor(from / STEP) * STEP);
}

function MessageBody({ item, mark, onRetry }: MessageProps) {
  return (
    <div class={classes("chat-log__message", item.state && `chat-log__message--${item.state}`)}>
      {item.text && <div class="chat-log__text" dir="auto"><FormattedText text={item.text} /></div>}
      {item.files && <MessageFiles files={item.files} sent={item.state === undefined} />}
      {item.state === undefined && (
        <span class="chat-log__at">
          <Time at={item.at} short />
        </span>
      )}
      {mark && <ReadMark text={mark} />}
      {item.state !== undefined && item.state !== "failed" && (
        <span class="chat-log__state">
          <Clock size={11} aria-hidden="true" /> {uiTexts.chat[item.state]}
        </span>
      )}
      {item.state === "failed" && (
        <span class="chat-log__state chat-log__state--failed">
          <CircleAlert size={12} aria-hidden="true" /> {item.whyFailed ?? uiTexts.chat.failed}
          <button type="button" class="chat__link" onClick={() => onRetry(item.key)}>
            <RotateCcw size={11} aria-hidden="true" /> {uiTexts.chat.retry}
          </button>
        </span>
      )}
    </div>
  );
}
