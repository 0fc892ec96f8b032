import { number, plural } from "../format.ts";

/** 1 Chat, 1.200 Chats. */
export function amount(count: number, one: string, many: string): string {
  return `${number(count)} ${plural(count, { one, other: many })}`;
}
