import { collator, locale } from "../../languages/language.ts";

interface Option {
  value: string;
  label: string;
}

export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** All time zones of the browser, and the current one. */
export function zones(now: string): Option[] {
  const zones = new Set(["UTC", ...Intl.supportedValuesOf("timeZone"), now]);
  return [...zones].sort().map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }));
}

// Codes that are no country: unions, test codes, "unknown".
const NO_COUNTRY = new Set(["EU", "EZ", "UN", "XA", "XB", "QO", "ZZ"]);

/** Two-letter country codes with their names in the reader's language. */
export function countries(): Option[] {
  const names = new Intl.DisplayNames(locale, { type: "region", fallback: "none" });
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const codes = letters.flatMap((one) => letters.map((other) => one + other)).filter((code) => !NO_COUNTRY.has(code));
  return codes.flatMap((value) => {
    const label = names.of(value);
    return label ? [{ value, label }] : [];
  }).sort((one, other) => collator.compare(one.label, other.label));
}

/** The reader's country, taken from their language. */
export function ownCountry(): string {
  return new Intl.Locale(navigator.language).maximize().region ?? "";
}
