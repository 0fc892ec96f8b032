import { Headset, User } from "lucide-preact";
import { useState } from "preact/hooks";

import { Avatar, Button, Chip, FormattedText, Time, classes, dayName, serverNow, toMs } from "../../ui";
import { InternalMark } from "../../ui/chat/internal_mark";
import { MessageFiles } from "../../ui/chat/message_files";
import { type ChatItem, type ChatRow, rowsOf } from "../../ui/chat/model";
import { historyTexts as t } from "./history_texts";

const STEP = 300;
const SIGNS = { engineer: Headset, customer: User };

/** What was written in a chat and what happened in it, by days, oldest first. */
export function SessionLog({ items }: { items: ChatItem[] }) {
  const [shown, setShown] = useState(STEP);
  const rest = items.length - shown;
  return (
    <section class="session-log" aria-label={t.log}>
      {items.length === 0 && <p class="session-log__empty">{t.emptyLog}</p>}
      {daysOf(items.slice(0, shown)).map((day) => (
        <Day key={day[0]!.key} items={day} />
      ))}
      {rest > 0 && <Button onClick={() => setShown(shown + STEP)}>{t.moreLog(Math.min(rest, STEP))}</Button>}
    </section>
  );
}

function Day({ items }: { items: ChatItem[] }) {
  const { at } = items[0]!;
  const name = dayName(at, serverNow());
  return (
    <section class="session-log__day" aria-label={name}>
      <h2>{name}</h2>
      {rowsOf(items, undefined, at).map((row) => (
        <Row key={row.key} row={row} />
      ))}
    </section>
  );
}

function Row({ row }: { row: ChatRow }) {
  if (row.kind === "system") {
    return (
      <p class="session-log__system">
        {row.item.text} <Time at={row.item.at} short />
      </p>
    );
  }
  if (row.kind !== "group") return null;
  const { by, at, internal, items } = row;
  return (
    <article class={classes("session-log__group", `session-log__group--${internal ? "internal" : by.side}`)}>
      <Avatar id={by.id} name={by.name} side={by.side} size="s" />
      <div class="session-log__messages">
        <p class="session-log__by">
          <strong>
            <bdi>{by.name}</bdi>
          </strong>
          <Chip icon={SIGNS[by.side]}>{t.sides[by.side]}</Chip>
          <Time at={at} short />
          {internal && <InternalMark />}
        </p>
        {items.map((item) => (
          <div key={item.key} class="session-log__text" dir="auto">
            <FormattedText text={item.text} />
            {item.files && <MessageFiles files={item.files} sent />}
          </div>
        ))}
      </div>
    </article>
  );
}

/** The items of each day, in the reader's zone. */
function daysOf(items: ChatItem[]): ChatItem[][] {
  const days: ChatItem[][] = [];
  let day = "";
  for (const item of items) {
    const date = new Date(toMs(item.at)).toDateString();
    if (date === day) days.at(-1)!.push(item);
    else days.push([item]);
    day = date;
  }
  return days;
}
