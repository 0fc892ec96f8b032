import type { Refusal } from "./proto.ts";

/**
 * Why something was not done. `kind` is the canonical status in lower case, `code` a stable word, `field` the wrong argument.
 * A line that is down or a server that does not answer is kind "unavailable", code "unreachable" or "timeout".
 */
export class Refused extends Error {
  readonly kind: string;
  readonly code: string;
  readonly field: string;
  readonly details: Readonly<Record<string, string>>;

  constructor(refusal: Refusal) {
    super(refusal.message || refusal.code || refusal.kind || "refused");
    this.name = "Refused";
    this.kind = refusal.kind ?? "unknown";
    this.code = refusal.code ?? "";
    this.field = refusal.field ?? "";
    this.details = refusal.details ?? {};
  }
}

// Kinds after which the same command may well succeed; everything else would be refused again.
const PASSING = new Set(["unavailable", "deadline_exceeded", "aborted", "resource_exhausted", "internal", "unknown"]);

/** How long the server asked to wait, in milliseconds; 0 where it named no time (spec 10.4). */
export function waitOf(refused: Refused): number {
  const seconds = Number(refused.details.retry_after);
  return seconds > 0 ? seconds * 1_000 : 0;
}

export function mayPass(refused: Refused): boolean {
  return PASSING.has(refused.kind) || refused.code === "out_of_order";
}

// What people type or choose: the server's sentence about one of these says what to do. Of ids, versions and the like it speaks to programs.
const TYPED = new Set(["text", "summary", "note", "phone", "windows", "until", "reason", "name", "ending", "settings", "zone", "date", "search", "country", "year", "priority"]);
const OF_ARGUMENTS = new Set(["invalid_argument", "out_of_range", "already_exists"]);
const FOR_PROGRAMS = new Set(["unavailable", "deadline_exceeded", "internal", "unknown", "unimplemented", "unauthenticated", "data_loss", "cancelled"]);

/** The server's own sentence where it is for people; null where the app has to say it in its own words. */
export function sentenceOf({ kind, field, message }: Refused): string | null {
  if (FOR_PROGRAMS.has(kind) || !message) return null;
  const named = field.split(/[.[\]]+/).some((part) => TYPED.has(part));
  return OF_ARGUMENTS.has(kind) && !named ? null : message;
}

export function asRefused(error: unknown): Refused {
  return error instanceof Refused ? error : new Refused({ kind: "internal", code: "page", message: String(error) });
}
