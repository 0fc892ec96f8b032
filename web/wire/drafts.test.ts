import { expect, test, vi } from "vitest";

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

test("leaving the page asks first while a draft could not be stored", () => {
  // spec 7.9
  localStorage.clear();
  // Only this test's listener is called: other tests of the window may have left files.
  const added = vi.spyOn(globalThis, "addEventListener");
  const here = drafts();
  const stop = here.follow();
  const leaving = added.mock.calls.find(([type]) => type === "beforeunload")?.[1] as EventListener;
  added.mockRestore();
  const asks = () => {
    const event = new Event("beforeunload", { cancelable: true });
    leaving(event);
    return event.defaultPrevented;
  };
  here.save("s1", "stored");
  expect(asks()).toBe(false);

  const full = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  here.save("s1", "not stored");
  full.mockRestore();
  expect(asks()).toBe(true);
  here.save("s1", "");
  expect(asks()).toBe(false);
  stop();
});
