import { Choices, Switch } from "../../ui";
import type { ChatSettings } from "../../wire/index.ts";
import type { Draft } from "./draft";
import { DurationField } from "./duration_field";
import { Section } from "./section";
import { words } from "./words";

export interface SectionProps {
  form: Draft<ChatSettings>;
  values: ChatSettings;
}

/** Which doors are open (spec 2.8). */
export function Entries({ form, values }: SectionProps) {
  const say = words.entries;
  return (
    <Section title={say.title} lead={say.lead}>
      {(["preTicketChat", "postTicketChat", "callBack"] as const).map((field) => (
        <Switch key={field} label={say[field][0]} hint={say[field][1]} checked={values[field] ?? false} onChange={(on) => form.set({ [field]: on })} />
      ))}
    </Section>
  );
}

/** Spec 3.5 and 4.4. */
export function People({ form, values }: SectionProps) {
  const say = words.people;
  return (
    <Section title={say.title} lead={say.lead}>
      <Choices
        label={say.joinPolicy}
        value={values.joinPolicy ?? "open"}
        onChange={(joinPolicy) => form.set({ joinPolicy })}
        options={[
          { value: "open", label: say.open[0], hint: say.open[1] },
          { value: "single_then_invite", label: say.single[0], hint: say.single[1] },
        ]}
        error={form.errorOf("join_policy")}
      />
      <Choices
        label={say.customerLeave}
        value={values.customerLeave ?? "when_offered"}
        onChange={(customerLeave) => form.set({ customerLeave })}
        options={[
          { value: "when_offered", label: say.whenOffered[0], hint: say.whenOffered[1] },
          { value: "always", label: say.always[0], hint: say.always[1] },
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
] as const;

/** Spec 3.3, 3.12, 4.5, 4.7. The server checks the same ranges again. */
export function Times({ form, values }: SectionProps) {
  const say = words.times;
  return (
    <Section title={say.title} lead={say.lead}>
      {TIMES.map(([field, said, range]) => (
        <DurationField
          key={`${field}:${form.round}`}
          label={say[field][0]}
          hint={say[field][1]}
          seconds={values[field] ?? 0}
          range={range}
          onChange={(seconds) => form.set({ [field]: seconds })}
          onWrong={(message) => form.wrong(said, message)}
          error={form.errorOf(said)}
        />
      ))}
    </Section>
  );
}
