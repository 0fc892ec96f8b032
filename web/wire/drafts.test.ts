import { expect, test } from "vitest";

import { Drafts } from "./drafts.ts";
import { PersonStorage } from "./person_storage.ts";

const drafts = () => new Drafts(new PersonStorage(localStorage, "portal:mia"));

/** What a browser does for the other tabs of the origin. */
function writeElsewhere(key: string, newValue: string | null, oldValue = localStorage.getItem(key)): void {
  if (newValue === null) localStorage.removeItem(key);
  else localStorage.setItem(key, newValue);
  dispatchEvent(new StorageEvent("storage", { key, oldValue, newValue, storageArea: localStorage }));
}

test("a draft that another tab sends is gone here too; other text that is typed here stays", () => {
  // spec 7.9
  localStorage.clear();
  const here = drafts();
  const stop = here.follow();
  const shown: string[] = [];
  here.onChange("s1", (text) => shown.push(text));
  here.save("s1", "Hello");
  here.save("s2", "Mine");
  writeElsewhere("parley:portal:mia:draft:s1", null);
  // Both tabs wrote at the same moment: the other one saw an empty draft.
  writeElsewhere("parley:portal:mia:draft:s2", "Theirs", null);
  writeElsewhere("parley:portal:mia:draft:s2", null);
  writeElsewhere("parley:portal:bo:draft:s1", "Of somebody else");
  expect([here.of("s1"), here.of("s2"), shown]).toEqual(["", "Mine", [""]]);

  stop();
  writeElsewhere("parley:portal:mia:draft:s1", "Later");
  expect(shown).toEqual([""]);
});
