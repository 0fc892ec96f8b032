// spec 5.12, 13.6: what a page saves of the person's preferences.
import { expect, test } from "vitest";

import { PreferencesOfPerson } from "./preferences.ts";
import type { Rest } from "./rest.ts";

test("a change saves no language, so that the one that another page has just chosen stays", async () => {
  const saved: unknown[] = [];
  const rest = {
    get: () => Promise.resolve({ preferences: { sound: true, volume: 70, language: "en" } }),
    write: (_method: string, _path: string, { preferences }: { preferences: object }) => Promise.resolve(saved.push(preferences)),
  } as unknown as Rest;
  const preferences = new PreferencesOfPerson(rest);
  await preferences.load();

  await preferences.change({ volume: 5 });
  await preferences.chooseLanguage("de");
  await preferences.change({ sound: false });
  expect(saved).toMatchObject([{ volume: 5, language: "" }, { volume: 5, language: "de" }, { volume: 5, sound: false, language: "" }]);
  expect(preferences.current.value).toMatchObject({ volume: 5, sound: false, language: "de" });
});
