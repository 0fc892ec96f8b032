// Checksums that show whether a page and the gateway, or two pages, hold the same data.
import type { SessionCard } from "./proto.ts";
import type { SessionState } from "./session_state.ts";

const encoder = new TextEncoder();

export function fnv1a32(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Digest.cards: the sum modulo 2^32 over the listed cards, in any order. */
export function cardsDigest(cards: Iterable<SessionCard>): number {
  let sum = 0;
  for (const card of cards) sum = (sum + fnv1a32(`${card.sessionId}:${card.revision ?? 0}`)) >>> 0;
  return sum;
}

/** Eight hex digits over what a reader of the session sees. Two pages that show the same conversation have the same hash. */
export function stateHash(state: SessionState): string {
  let hash = fnv1a32(`${state.card.sessionId}:${state.revision}:${state.card.status}:${state.hash}`);
  for (const line of state.lines) hash = fnv1a32(`\n${line.key}:${line.revision}:${line.kind === "message" ? line.text : line.what}`, hash);
  return hash.toString(16).padStart(8, "0");
}
