// The calls about a desk's alerts: its settings, and why a session alerted an engineer or not.
import type { AlertExplanation, AlertSettings, AlertSettingsPage } from "./proto.ts";
import { query, type Rest } from "./rest.ts";

/** Calls reject with Refused. */
export interface Alerting {
  settings(): Promise<AlertSettingsPage>;
  /** Admins only. Rejects with kind aborted for a version that is not current. */
  updateSettings(settings: AlertSettings, version: number): Promise<AlertSettingsPage>;
  /** Engineers ask about themselves, supervisors and admins about any engineer. */
  explain(sessionId: string, personId: string): Promise<AlertExplanation>;
}

export function createAlerting(rest: Rest): Alerting {
  return {
    settings: () => rest.get<AlertSettingsPage>("/settings/alerts"),
    updateSettings: (settings, version) => rest.write<AlertSettingsPage>("PUT", "/settings/alerts", { settings, version }),
    explain: (sessionId, personId) => rest.get<AlertExplanation>(`/sessions/${encodeURIComponent(sessionId)}/explanation${query({ person: personId })}`),
  };
}
