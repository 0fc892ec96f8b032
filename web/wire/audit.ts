// The calls about a desk's audit log (admins, spec 10.5).
import type { AuditKind, AuditPage } from "./proto.ts";
import { query, type Rest } from "./rest.ts";

/** Moments as RFC 3339: entries from `since` until before `until`. `person`: who did it, or to whom it was done. */
export type AuditFilter = { kind?: AuditKind; person?: string; since?: string; until?: string };

export type Audit = {
  /** Newest first. `page` is the nextPageToken of the previous page. */
  list(filter: AuditFilter, page?: string): Promise<AuditPage>;
  /** The address of the file with all entries of the filter. */
  fileUrl(filter: AuditFilter, format: "csv" | "json_lines"): string;
};

export function createAudit(base: string, rest: Rest): Audit {
  return {
    list: (filter, page) => rest.get<AuditPage>(`/audit${query({ ...filter, page })}`),
    fileUrl: (filter, format) => `${base}/audit/file${query({ ...filter, format })}`,
  };
}
