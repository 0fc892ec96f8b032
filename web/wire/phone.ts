// A number to call, as a link dials it and as people read it (spec 4.10).
import type { SessionCard } from "./proto.ts";

type Called = Pick<NonNullable<SessionCard["callback"]>, "phone" | "extension">;

/** By RFC 3966: the extension is dialled behind the number. */
export function telLink({ phone = "", extension }: Called): string {
  return `tel:${phone}${extension ? `;ext=${extension}` : ""}`;
}

export function shownPhone({ phone = "", extension }: Called): string {
  return extension ? `${phone} ext. ${extension}` : phone;
}
