// A copy of a conversation as text. The page makes it from what the window shows: that is all of the conversation, and exactly what the
// customer may see, in their words and zone. The log that GetChatLog writes is the engineers'.
import { type Moment, toMs, wholeMoment } from "../../ui";
import type { ChatItem } from "../../ui/chat";

/** The head's lines, an empty one, then the items with their times. Further lines of a message are indented, so that none looks like an item. */
export function copyOf(head: readonly string[], items: readonly ChatItem[]): string {
  const lines = items.map((item) => `${wholeMoment(item.at)}  ${textOf(item).replace(/\r?\n|\r/g, "\n    ")}`);
  return [...head, "", ...lines, ""].join("\n");
}

function textOf(item: ChatItem): string {
  if (item.kind === "system") return item.text;
  const parts = [item.text, ...(item.files ?? []).map(({ name }) => `[${name}]`)];
  return `${item.by.name}: ${parts.filter(Boolean).join("\n")}`;
}

/** chat_2026-03-02.txt, by the reader's calendar. */
export function fileName(ended: Moment): string {
  const at = new Date(toMs(ended));
  const two = (value: number): string => String(value).padStart(2, "0");
  return `chat_${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}.txt`;
}

/** Saves the text as a file of the reader's device. */
export function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
