import { Choices, Switch } from "../../ui";
import { Section } from "../../ui/surface/section";
import type { ChatSettings } from "../../wire/index.ts";
import type { Draft } from "./draft";
import { DurationField } from "./duration_field";
import { settingsTexts } from "./settings_texts";

export interface SectionProps {
  form: Draft<ChatSettings>;
  values: ChatSettings;
}

/** The ways to reach the desk (spec 2.8). */
export function Entries({ form, values }: SectionProps) {
  const t = settingsTexts.entries;
  return (
    <Section title={t.title} lead={t.lead}>
      {(["preTicketChat", "postTicketChat", "callBack"] as const).map((field) => (
        <Switch key={field} label={t[field][0]} hint={t[field][1]} checked={values[field] ?? false} onChange={(on) => form.set({ [field]: on })} />
      ))}
    </Section>
  );
}

/** Spec 3.5 and 4.4. */
export function People({ form, values }: SectionProps) {
  const t = settingsTexts.people;
  return (
    <Section title={t.title} lead={t.lead}>
      <Choices
        label={t.joinPolicy}
        value={values.joinPolicy ?? "open"}
        onChange={(joinPolicy) => form.set({ joinPolicy })}
        options={[
          { value: "open", label: t.open[0], hint: t.open[1] },
          { value: "single_then_invite", label: t.single[0], hint: t.single[1] },
        ]}
        error={form.errorOf("join_policy")}
      />
      <Choices
        label={t.customerLeave}
        value={values.customerLeave ?? "when_offered"}
        onChange={(customerLeave) => form.set({ customerLeave })}
        options={[
          { value: "when_offered", label: t.whenOffered[0], hint: t.whenOffered[1] },
          { value: "always", label: t.always[0], hint: t.always[1] },
        ]}
        error={form.errorOf("customer_leave")}
      />
    </Section>
  );
}

const DAY = 86_400;
const TIMES = [
  ["noAnswerAfter", "no_answer_after", [1, DAY]],
  ["waitingGoneAfter", "waiting_gone_after", [1, DAY]],
  ["idleAfter", "idle_after", [1, 7 * DAY]],
  ["unattendedAfter", "unattended_after", [0, DAY]],
  ["endedLeaveAfter", "ended_leave_after", [60, 7 * DAY]],
  ["promiseWait", "promise_wait", [0, DAY]],
  ["transferExpiresAfter", "transfer_expires_after", [10, 600]],
] as const;

/** Spec 3.3, 3.12, 3.14, 4.5, 4.7, 13.2, 13.7. The server checks the same ranges again. */
export function Times({ form, values }: SectionProps) {
  const t = settingsTexts.times;
  return (
    <Section title={t.title} lead={t.lead}>
      {TIMES.map(([field, name, range]) => (
        <DurationField
          key={`${field}:${form.round}`}
          label={t[field][0]}
          hint={t[field][1]}
          seconds={values[field] ?? 0}
          range={range}
          onChange={(seconds) => form.set({ [field]: seconds })}
          onWrong={(message) => form.wrong(name, message)}
          error={form.errorOf(name)}
        />
      ))}
    </Section>
  );
}
