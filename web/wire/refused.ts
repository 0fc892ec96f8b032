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

export function mayPass(refused: Refused): boolean {
  return PASSING.has(refused.kind) || refused.code === "out_of_order";
}

export function asRefused(error: unknown): Refused {
  return error instanceof Refused ? error : new Refused({ kind: "internal", code: "page", message: String(error) });
}
