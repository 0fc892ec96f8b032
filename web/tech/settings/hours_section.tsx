import { Copy, Plus, X } from "lucide-preact";
import { useMemo } from "preact/hooks";

import { locale } from "../../languages/language.ts";
import { Banner, Chip, Choices, IconButton, Select, Switch, second } from "../../ui";
import { Section } from "../../ui/surface/section";
import type { OfficeHours, WeeklySpan } from "../../wire/index.ts";
import type { SectionProps } from "./chat_sections";
import { TimeBox } from "./time_box";
import { settingsTexts } from "./settings_texts";
import { ownZone, zones } from "./zones";
import "./hours.css";

const t = settingsTexts.hours;
const WORKDAYS = [1, 2, 3, 4, 5];
const USUAL = { fromMinute: 540, untilMinute: 1020 };

/** Office hours in the desk's time zone: several spans a day, also past midnight (spec 4.6, 4.8). */
export function Hours({ form, values }: SectionProps) {
  const { hours } = values;
  const set = (part: Partial<OfficeHours>) => form.set({ hours: { ...hours, ...part } });
  const begin = (): OfficeHours => ({ zone: ownZone(), spans: WORKDAYS.map((day) => ({ day, ...USUAL })), holidays: [] });
  return (
    <Section title={t.title} lead={t.lead}>
      <Switch label={t.on} hint={t.off} checked={Boolean(hours)} onChange={(on) => form.set({ hours: on ? begin() : undefined })} />
      {hours && (
        <>
          <Zone zone={hours.zone ?? "UTC"} onChange={(zone) => set({ zone })} error={form.errorOf("hours.zone")} />
          <Week form={form} values={values} spans={hours.spans ?? []} onChange={(spans) => set({ spans })} />
          <Choices
            label={t.mode}
            value={values.hoursMode ?? "notice"}
            onChange={(hoursMode) => form.set({ hoursMode })}
            options={[
              { value: "notice", label: t.notice[0], hint: t.notice[1] },
              { value: "refuse", label: t.refuse[0], hint: t.refuse[1] },
            ]}
            error={form.errorOf("hours_mode")}
          />
        </>
      )}
    </Section>
  );
}

function Zone({ zone, onChange, error }: { zone: string; onChange: (zone: string) => void; error?: string }) {
  const time = new Intl.DateTimeFormat(locale, { timeZone: zone, weekday: "long", hour: "2-digit", minute: "2-digit" });
  const options = useMemo(() => zones(zone), [zone]);
  // Rendered each second, so that the minute is current.
  void second.value;
  return (
    <Select label={t.zone} value={zone} onInput={onChange} options={options} hint={t.now(time.format(Date.now()))} error={error} class="settings__zone" />
  );
}

function Week({ form, spans, onChange }: SectionProps & { spans: WeeklySpan[]; onChange: (spans: WeeklySpan[]) => void }) {
  const put = (at: number, part: Partial<WeeklySpan>) => onChange(spans.map((span, index) => (index === at ? { ...span, ...part } : span)));
  const copy = (day: number) => {
    const model = spans.filter((span) => span.day === day);
    const kept = spans.filter((span) => !WORKDAYS.includes(span.day ?? 0));
    onChange([...WORKDAYS.flatMap((workday) => model.map((span) => ({ ...span, day: workday }))), ...kept]);
  };
  return (
    <fieldset class="settings__week">
      <legend class="field__label">{t.week}</legend>
      {t.days.map((name, index) => {
        const day = index + 1;
        const here = spans.flatMap((span, at) => (span.day === day ? [{ span, at }] : []));
        return (
          <div key={name} class="settings__day" role="group" aria-label={name}>
            <span class="settings__day-name">{name}</span>
            <div class="settings__spans">
              {here.length === 0 && <span class="settings__closed">{t.closed}</span>}
              {here.map(({ span, at }) => (
                <Span key={`${at}:${form.round}`} {...{ form, span, at, name }} onPut={(part) => put(at, part)} onRemove={() => onChange(spans.filter((_, other) => other !== at))} />
              ))}
            </div>
            <span class="settings__day-acts">
              {here.length > 0 && day <= 5 && <IconButton icon={Copy} label={t.copy(name)} size="s" onClick={() => copy(day)} />}
              <IconButton icon={Plus} label={t.add(name)} size="s" onClick={() => onChange([...spans, { day, ...after(here.at(-1)?.span) }])} />
            </span>
          </div>
        );
      })}
      {spans.length === 0 && <Banner tone="warn">{t.noSpans}</Banner>}
    </fieldset>
  );
}

interface SpanProps {
  form: SectionProps["form"];
  span: WeeklySpan;
  at: number;
  name: string;
  onPut: (part: Partial<WeeklySpan>) => void;
  onRemove: () => void;
}

function Span({ form, span: { fromMinute = 0, untilMinute = 0 }, at, name, onPut, onRemove }: SpanProps) {
  const where = `hours.spans[${at}]`;
  const [from, until] = [form.errorOf(`${where}.from_minute`), form.errorOf(`${where}.until_minute`)];
  const refused = from ?? until ?? form.errorOf(`${where}.day`);
  const wrong = (field: string) => (is: boolean) => form.wrong(`${where}.${field}`, is ? t.badTime : undefined);
  return (
    <span class="settings__span">
      <TimeBox label={t.from(name)} minutes={fromMinute} onChange={(minutes) => onPut({ fromMinute: minutes })} onWrong={wrong("from_minute")} error={from} />
      <span aria-hidden="true">–</span>
      <TimeBox label={t.until(name)} minutes={untilMinute} end onChange={(minutes) => onPut({ untilMinute: minutes })} onWrong={wrong("until_minute")} error={until} />
      {untilMinute <= fromMinute && <Chip>{t.nextDay}</Chip>}
      <IconButton icon={X} label={t.remove(name)} size="s" onClick={onRemove} />
      {refused && (
        <span class="field__error" role="alert">
          {refused}
        </span>
      )}
    </span>
  );
}

/** The next span of a day begins an hour after the last one, if the day has room. */
function after(last: WeeklySpan | undefined): { fromMinute: number; untilMinute: number } {
  const from = (last?.untilMinute ?? 0) + 60;
  return last && from > 60 && from <= 1200 ? { fromMinute: from, untilMinute: Math.min(from + 240, 1440) } : USUAL;
}
