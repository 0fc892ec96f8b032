import { CalendarPlus, Plus, X } from "lucide-preact";
import { useMemo, useState } from "preact/hooks";

import { Button, Field, IconButton, Select, serverNow, toast } from "../../ui";
import { Section } from "../../ui/surface/section";
import type { Holiday, OfficeHours } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { refusalText } from "../refusal";
import type { SectionProps } from "./chat_sections";
import { TimeBox } from "./time_box";
import { settingsTexts } from "./settings_texts";
import { countries, ownCountry } from "./zones";

const t = settingsTexts.holidays;

/** Days on which the desk is closed, all day or in part (spec 4.8). */
export function Holidays({ form, hours }: Pick<SectionProps, "form"> & { hours: OfficeHours }) {
  const holidays = hours.holidays ?? [];
  const change = (next: Holiday[]) => form.set({ hours: { ...hours, holidays: next } });
  const put = (at: number, part: Partial<Holiday>) => change(holidays.map((holiday, index) => (index === at ? { ...holiday, ...part } : holiday)));
  const fill = (found: readonly Holiday[]) =>
    form.set(({ hours: current }) => {
      if (!current) return {}; // turned off meanwhile
      const existing = current.holidays ?? [];
      const dates = new Set(existing.map(({ date }) => date));
      const added = found.filter(({ date }) => !dates.has(date));
      toast(added.length ? t.filled(added.length) : t.nothingNew);
      return { hours: { ...current, holidays: [...existing, ...added].sort((one, other) => (one.date ?? "").localeCompare(other.date ?? "")) } };
    });
  return (
    <Section title={t.title} lead={t.lead}>
      <Fill onFill={fill} />
      {holidays.length === 0 && <p class="settings__empty">{t.empty}</p>}
      {holidays.length > 0 && (
        <ul class="settings__holidays" aria-label={t.title}>
          {holidays.map((holiday, at) => (
            <Row key={`${at}:${form.round}`} {...{ form, holiday, at }} onPut={(part) => put(at, part)} onRemove={() => change(holidays.filter((_, other) => other !== at))} />
          ))}
        </ul>
      )}
      <div>
        <Button size="s" icon={Plus} onClick={() => change([...holidays, { date: "", name: "", fromMinute: 0, untilMinute: 1440 }])}>
          {t.add}
        </Button>
      </div>
    </Section>
  );
}

interface RowProps extends Pick<SectionProps, "form"> {
  holiday: Holiday;
  at: number;
  onPut: (part: Partial<Holiday>) => void;
  onRemove: () => void;
}

function Row({ form, holiday: { date = "", name = "", fromMinute = 0, untilMinute = 1440 }, at, onPut, onRemove }: RowProps) {
  const where = `hours.holidays[${at}]`;
  const wrong = form.errorOf(`${where}.date`) ?? form.errorOf(`${where}.from_minute`) ?? form.errorOf(`${where}.until_minute`);
  const whole = fromMinute === 0 && untilMinute === 1440;
  const [partly, setPartly] = useState(!whole);
  const bad = (field: string) => (is: boolean) => form.wrong(`${where}.${field}`, is ? settingsTexts.hours.badTime : undefined);
  return (
    <li class="settings__holiday">
      <input
        type="date"
        class="field__input settings__date"
        aria-label={t.date}
        aria-invalid={form.errorOf(`${where}.date`) ? true : undefined}
        value={date}
        onInput={(event) => onPut({ date: event.currentTarget.value })}
      />
      <Field label={t.name} bare value={name} placeholder={t.name} maxLength={100} onInput={(text) => onPut({ name: text })} class="settings__holiday-name" />
      <Select
        label={t.part}
        bare
        value={partly ? "part" : "whole"}
        onInput={(value) => {
          setPartly(value === "part");
          onPut(value === "part" ? { fromMinute: 720, untilMinute: 1440 } : { fromMinute: 0, untilMinute: 1440 });
        }}
        options={[
          { value: "whole", label: t.whole },
          { value: "part", label: t.partly },
        ]}
      />
      {partly && (
        <span class="settings__span">
          <TimeBox label={t.from} minutes={fromMinute} onChange={(minutes) => onPut({ fromMinute: minutes })} onWrong={bad("from_minute")} error={form.errorOf(`${where}.from_minute`)} />
          <span aria-hidden="true">–</span>
          <TimeBox label={t.until} minutes={untilMinute} end onChange={(minutes) => onPut({ untilMinute: minutes })} onWrong={bad("until_minute")} error={form.errorOf(`${where}.until_minute`)} />
        </span>
      )}
      <IconButton icon={X} label={t.remove(name || date || t.thisDay)} size="s" onClick={onRemove} />
      {wrong && (
        <span class="field__error" role="alert">
          {wrong}
        </span>
      )}
    </li>
  );
}

function Fill({ onFill }: { onFill: (found: readonly Holiday[]) => void }) {
  const { store } = useApp();
  const thisYear = new Date(serverNow()).getFullYear();
  const options = useMemo(countries, []);
  const [country, setCountry] = useState(ownCountry);
  const [year, setYear] = useState(String(thisYear));
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const fill = async () => {
    setBusy(true);
    setError("");
    try {
      onFill(await store.holidays(country, Number(year)));
    } catch (refused) {
      setError(refusalText(refused, t.fillFailed));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="settings__fill">
      <Select label={t.country} value={country} onInput={setCountry} options={options} error={error || undefined} />
      <Select label={t.year} value={year} onInput={setYear} options={[thisYear, thisYear + 1].map((one) => ({ value: String(one), label: String(one) }))} />
      <Button icon={CalendarPlus} busy={busy} onClick={() => void fill()}>
        {t.fill}
      </Button>
    </div>
  );
}
