// Which language the page shows (spec 13.6). Decided once, before the app's modules read their texts; another choice reloads the page.

/** One that has a catalogue. English is in the texts files themselves. */
export type Language = "en" | "de";

export const LANGUAGES: readonly Language[] = ["en", "de"];

/** Each language's name in itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", de: "Deutsch" };

const DIRECTIONS: Record<Language, "ltr" | "rtl"> = { en: "ltr", de: "ltr" };
const KEY = "parley.language";
// One browser may be signed in to both apps, as people with different choices.
const APP_KEYS = ["tech", "portal"].map((app) => `${KEY}.${app}`);

/** The kept choice, else the first of the browser's languages that has a catalogue, else English. */
export const language: Language = kept() ?? wanted().map(languageOf).find(Boolean) ?? "en";

/** For Intl: the browser's own variety of the language, such as en-NZ, or the language alone. */
export const locale: string = wanted().find((tag) => languageOf(tag) === language) ?? language;

/** Orders names as readers of the language expect. */
export const collator = new Intl.Collator(locale, { numeric: true });

/** Tells browsers and assistive technology which language the page has. */
export function startLanguage(): void {
  Object.assign(document.documentElement, { lang: language, dir: DIRECTIONS[language] });
}

/**
 * Keeps the choice in this browser: an app's for itself and the sign-in page, one on the sign-in page for both apps. The page shows it after a reload.
 * False if the browser has no storage.
 */
export function keepLanguage(next: Language): boolean {
  try {
    localStorage.setItem(KEY, next);
    const own = appKey();
    if (own) localStorage.setItem(own, next);
    else APP_KEYS.forEach((key) => localStorage.removeItem(key));
    return true;
  } catch {
    return false;
  }
}

/** The language of a tag such as de-CH; undefined if it has no catalogue. */
export function languageOf(tag: string): Language | undefined {
  return LANGUAGES.find((one) => one === tag.toLowerCase().split("-")[0]);
}

function kept(): Language | undefined {
  try {
    const own = appKey();
    return languageOf((own && localStorage.getItem(own)) || localStorage.getItem(KEY) || "");
  } catch {
    return undefined;
  }
}

function appKey(): string | undefined {
  return APP_KEYS.find((key) => key === `${KEY}.${location.pathname.split("/")[1]}`);
}

function wanted(): readonly string[] {
  return navigator.languages ?? [];
}
