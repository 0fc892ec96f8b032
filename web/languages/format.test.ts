// spec 13.6: numbers, plurals, lists, dates and spans of time as the page's language writes them.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const AT = "2026-03-02T14:05:00";

async function inPageOf(languages: string[], kept = "") {
  vi.resetModules();
  vi.spyOn(navigator, "languages", "get").mockReturnValue(languages);
  if (kept) localStorage.setItem("parley.language", kept);
  const language = await import("./language.ts");
  const { takeCatalogue } = await import("./catalogue.ts");
  if (language.language === "de") takeCatalogue((await import("./de/tech.ts")).catalogue);
  return { ...language, ...(await import("./format.ts")), ...(await import("../ui/time/format.ts")) };
}

beforeEach(() => localStorage.clear());
afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
  localStorage.clear();
  document.documentElement.removeAttribute("lang");
});

test.each([
  [["de-CH", "en"], "", "de", "de-CH"],
  [["fr-FR", "de"], "", "de", "de"],
  [["fr-FR"], "", "en", "en"],
  [[], "", "en", "en"],
  [["de-DE", "en-NZ"], "en", "en", "en-NZ"],
  [["en-GB"], "de", "de", "de"],
  [["en-GB"], "fr", "en", "en-GB"],
])("a browser that wants %j and keeps %j shows %s", async (wanted, kept, shown, locale) => {
  const page = await inPageOf(wanted, kept);
  expect([page.language, page.locale]).toEqual([shown, locale]);
  page.startLanguage();
  expect([document.documentElement.lang, document.documentElement.dir]).toEqual([shown, "ltr"]);
});

test("each app keeps the language of its own person, and a choice on the sign-in page is for all", async () => {
  const at = location.pathname;
  const shownAt = async (path: string) => {
    history.replaceState(null, "", path);
    return inPageOf(["fr-FR"]);
  };
  try {
    (await shownAt("/tech/tickets")).keepLanguage("de");
    (await shownAt("/portal/support")).keepLanguage("en");
    expect([(await shownAt("/tech/")).language, (await shownAt("/portal/")).language, (await shownAt("/sign-in")).language]).toEqual(["de", "en", "en"]);
    (await shownAt("/sign-in")).keepLanguage("de");
    expect([(await shownAt("/tech/")).language, (await shownAt("/portal/")).language]).toEqual(["de", "de"]);
  } finally {
    history.replaceState(null, "", at);
  }
});

describe("in German", () => {
  test("numbers and lists", async () => {
    const { number, list } = await inPageOf(["de-DE"]);
    expect([number(1_200), number(8.789), number(1.25, 1), list(["Ava", "Ben", "Mia"])]).toEqual(["1.200", "9", "1,3", "Ava, Ben und Mia"]);
  });

  test("dates and times", async () => {
    const { ago, clockTime, wholeMoment, dayName } = await inPageOf(["de-DE"]);
    const [at, now] = [new Date(AT).getTime(), new Date("2026-03-09T09:00:00").getTime()];
    expect(clockTime(at)).toBe("14:05");
    expect(wholeMoment(at)).toContain("Montag, 2. März 2026");
    expect(dayName(at, now)).toContain("2. März");
    expect(ago(at, at + 3 * 3_600_000)).toBe("vor 3 Std.");
  });
});

test("a plural has the form of the language's rule", async () => {
  const english = await inPageOf(["en-GB"]);
  expect([0, 1, 2].map((count) => english.plural(count, { one: "chat", other: "chats" }))).toEqual(["chats", "chat", "chats"]);
  expect(english.plural(1, { other: "chats" })).toBe("chats");
});
