// The filters of the audit log as its address has them.
import type { AuditKind } from "../../wire/index.ts";
import { isDay } from "../days";
import { replaceQuery, route } from "../router";
import { auditTexts as t } from "./audit_texts";

export interface AuditAddress {
  kind: AuditKind | "";
  /** The id of a person. */
  person: string;
  /** The first and the last day, as in 2026-03-02; in the reader's zone. */
  from: string;
  until: string;
}

export function addressOf(query: string): AuditAddress {
  const found = new URLSearchParams(query);
  const text = (name: string) => found.get(name) ?? "";
  const day = (name: string) => (isDay(text(name)) ? text(name) : "");
  const kind = text("kind");
  return { kind: Object.hasOwn(t.kinds, kind) ? (kind as AuditKind) : "", person: text("person"), from: day("from"), until: day("until") };
}

/** The filters, and what changes some of them. A change replaces the entry of the browser's history. */
export function useAuditAddress(): [AuditAddress, (part: Partial<AuditAddress>) => void] {
  const at = route.value;
  const address = addressOf((at.page === "audit" && at.query) || "");
  const change = (part: Partial<AuditAddress>): void => {
    const chosen = Object.entries({ ...address, ...part }).filter(([, value]) => value);
    replaceQuery("audit", new URLSearchParams(chosen).toString());
  };
  return [address, change];
}
