// A phone number as a link and as text (spec 4.10).
import type { SessionCard } from "./proto.ts";

type Called = Pick<NonNullable<SessionCard["callback"]>, "phone" | "extension">;

/** A tel: link by RFC 3966. The extension is dialled after the number. */
export function telLink({ phone = "", extension }: Called): string {
  return `tel:${phone}${extension ? `;ext=${extension}` : ""}`;
}

export function shownPhone({ phone = "", extension }: Called): string {
  return extension ? `${phone} ext. ${extension}` : phone;
}
