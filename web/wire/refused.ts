import type { Refusal } from "./proto.ts";
import { serverTexts } from "./server_texts.ts";

/**
 * Why a request was refused. `kind` is the canonical status in lower case, `code` a stable word, `field` the invalid argument.
 * The message is in the page's language where the code has a text in it, else as the server wrote it.
 * Without a connection or an answer, kind is "unavailable" and code is "unreachable" or "timeout".
 */
export class Refused extends Error {
  readonly kind: string;
  readonly code: string;
  readonly field: string;
  readonly details: Readonly<Record<string, string>>;

  constructor(refusal: Refusal) {
    super(serverTexts.get(refusal.code ?? "") || refusal.message || refusal.code || refusal.kind || "refused");
    this.name = "Refused";
    this.kind = refusal.kind ?? "unknown";
    this.code = refusal.code ?? "";
    this.field = refusal.field ?? "";
    this.details = refusal.details ?? {};
  }
}

const TRANSIENT = new Set(["unavailable", "deadline_exceeded", "aborted", "resource_exhausted", "internal", "unknown"]);

/** The wait that the server asked for, in milliseconds; 0 if none (spec 10.4). */
export function waitOf(refused: Refused): number {
  const seconds = Number(refused.details.retry_after);
  return seconds > 0 ? seconds * 1_000 : 0;
}

/** Whether the same command may succeed later, so the page repeats it. Any other refusal is final. */
export function isTransient(refused: Refused): boolean {
  return TRANSIENT.has(refused.kind) || refused.code === "out_of_order";
}

// Fields that people fill in. The server's message about one of these is for people; about ids and versions it is for programs.
const TYPED = new Set(["text", "summary", "note", "phone", "windows", "until", "reason", "name", "ending", "settings", "zone", "date", "search", "country", "year", "priority", "url", "events"]);
const OF_ARGUMENTS = new Set(["invalid_argument", "out_of_range", "already_exists"]);
const FOR_PROGRAMS = new Set(["unavailable", "deadline_exceeded", "internal", "unknown", "unimplemented", "unauthenticated", "data_loss", "cancelled"]);

// Messages for people, also where they name a field that nobody fills in.
const FOR_PEOPLE = new Set(["company_archived", "board_archived"]);

/** The server's message if it is for people; null if the app must use its own text. */
export function sentenceOf({ kind, code, field, message }: Refused): string | null {
  if (FOR_PROGRAMS.has(kind) || !message) return null;
  const named = field.split(/[.[\]]+/).some((part) => TYPED.has(part));
  return OF_ARGUMENTS.has(kind) && !named && !FOR_PEOPLE.has(code) ? null : message;
}

export function asRefused(error: unknown): Refused {
  return error instanceof Refused ? error : new Refused({ kind: "internal", code: "page", message: String(error) });
}
