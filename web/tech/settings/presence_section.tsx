import { ErrorState } from "../../ui";
import type { PresenceSettings } from "../../wire/index.ts";
import type { Draft } from "./draft";
import { DurationField } from "./duration_field";
import { Section } from "./section";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.presence;

/** Spec 1.3. These settings belong to another service. Without it, the rest of the page works. */
export function Presence({ form }: { form: Draft<PresenceSettings> }) {
  if (!form.values && !form.failed) return null;
  return (
    <Section title={t.title} lead={t.lead}>
      {form.failed && <ErrorState compact title={settingsTexts.loadFailed} onRetry={form.reload} />}
      {form.values && (
        <DurationField
          key={form.round}
          label={t.awayAfter[0]}
          hint={t.awayAfter[1]}
          seconds={form.values.awayAfter ?? 0}
          range={[60, 3600]}
          onChange={(awayAfter) => form.set({ awayAfter })}
          onWrong={(message) => form.wrong("away_after", message)}
          error={form.errorOf("away_after")}
        />
      )}
    </Section>
  );
}
