// Numbers, plurals and lists as the page's language writes them. Dates and times: ui/time/format.ts.
import { locale } from "./language.ts";

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const plurals = new Intl.PluralRules(locale);
const all = new Intl.ListFormat(locale, { type: "conjunction" });

/** 1,000 in English, 1.000 in German. At most `digits` decimals. */
export function number(value: number, digits = 0): string {
  return digits ? new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value) : whole.format(value);
}

/** The form for the number, by the language's own rules: English and German have `one` and `other`, other languages more or fewer. */
export function plural(count: number, forms: { readonly other: string } & { readonly [form in Intl.LDMLPluralRule]?: string }): string {
  return forms[plurals.select(count)] ?? forms.other;
}

/** Ava, Ben, and Mia. */
export function list(names: readonly string[]): string {
  return all.format(names);
}
