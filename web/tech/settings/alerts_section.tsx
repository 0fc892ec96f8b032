import { ErrorState } from "../../ui";
import { Section } from "../../ui/surface/section";
import type { AlertSettings } from "../../wire/index.ts";
import { alertTimesOf } from "../alerts/urgency";
import { useApp } from "../app_state";
import { type Draft, useDraft } from "./draft";
import { DurationField } from "./duration_field";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.alerts;
const RANGES = { first: [5, 600], every: [5, 600], until: [0, 3600] } as const;

/** Saved settings apply to this page's alerts at once. */
export function useAlertDraft(): Draft<AlertSettings> {
  const { store, alertTimes } = useApp();
  return useDraft<AlertSettings>("alerts", store.alerting.settings, async (settings, version) => {
    const saved = await store.alerting.updateSettings(settings, version);
    alertTimes.value = alertTimesOf(saved.settings ?? settings);
    return saved;
  });
}

/** Spec 5.3. These settings belong to another service. Without it, the rest of the page works. */
export function Alerts({ form }: { form: Draft<AlertSettings> }) {
  if (!form.values && !form.failed) return null;
  return (
    <Section title={t.title} lead={t.lead}>
      {form.failed && <ErrorState compact title={settingsTexts.loadFailed} onRetry={form.reload} />}
      {form.values &&
        (["first", "every", "until"] as const).map((field) => (
          <DurationField
            key={`${field}:${form.round}`}
            label={t[field][0]}
            hint={t[field][1]}
            seconds={form.values?.[field] ?? 0}
            range={RANGES[field]}
            onChange={(seconds) => form.set({ [field]: seconds })}
            onWrong={(message) => form.wrong(field, message)}
            error={form.errorOf(field)}
          />
        ))}
    </Section>
  );
}
