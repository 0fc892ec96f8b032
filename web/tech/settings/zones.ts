interface Option {
  value: string;
  label: string;
}

export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Every zone that the browser knows, and the one that is set now. */
export function zones(now: string): Option[] {
  const zones = new Set(["UTC", ...Intl.supportedValuesOf("timeZone"), now]);
  return [...zones].sort().map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }));
}

// Names that stand for no country: unions, test codes, "unknown".
const NO_COUNTRY = new Set(["EU", "EZ", "UN", "XA", "XB", "QO", "ZZ"]);

/** Two-letter codes with a name in the reader's language. */
export function countries(): Option[] {
  const names = new Intl.DisplayNames(undefined, { type: "region", fallback: "none" });
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const codes = letters.flatMap((one) => letters.map((other) => one + other)).filter((code) => !NO_COUNTRY.has(code));
  return codes.flatMap((value) => {
    const label = names.of(value);
    return label ? [{ value, label }] : [];
  }).sort((one, other) => one.label.localeCompare(other.label));
}

/** The reader's own, as far as their language tells it. */
export function ownCountry(): string {
  return new Intl.Locale(navigator.language).maximize().region ?? "";
}
