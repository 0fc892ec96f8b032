import { expect, test } from "vitest";

import { FormDraft } from "./form_draft.ts";
import { pageInChat, unstartedPage, pass, server, withServer } from "./testing/pages.ts";

withServer();

const BLANK = { text: "", internal: true };

test("a form's draft is kept across pages and is cleared when it is sent", async () => {  // spec 7.9
  const before = new FormDraft(await pageInChat(), "note:t7", BLANK);
  before.set({ text: "half a note" });
  before.set({ internal: false });

  const store = unstartedPage();
  store.start();
  await pass(100);
  const after = new FormDraft(store, "note:t7", BLANK);
  expect(after.values).toEqual({ text: "half a note", internal: false });
  expect(after.commandId).toBe(before.commandId);
  expect(new FormDraft(store, "note:t8", BLANK).values).toEqual(BLANK);

  after.clear();
  expect(after.values).toEqual(BLANK);
  expect(Object.keys(localStorage).filter((key) => key.includes("note:t7"))).toEqual([]);
});

test("the command id changes only with the content", async () => {  // spec 3.8
  const draft = new FormDraft(await pageInChat(), "note:t7", BLANK);
  draft.set({ text: "a" });
  const first = draft.commandId;
  expect(draft.commandId).toBe(first);
  draft.set({ text: "b" });
  expect(draft.commandId).not.toBe(first);
});

test.each(["5", "null", "[]", "{", '"x"', '{"values":5,"commandId":"c"}', '{"values":{"text":7,"internal":"yes","other":1},"commandId":"c"}'])(
  "an invalid stored draft is ignored: %s",
  async (junk) => {
    const store = await pageInChat();
    store.saveDraft("note:t7", junk);
    expect(new FormDraft(store, "note:t7", BLANK).values).toEqual(BLANK);
  },
);

test("signing out removes the draft from the storage", async () => {
  const store = await pageInChat();
  server.routes.set("POST /sign-out", () => ({ status: 204 }));
  new FormDraft(store, "note:t7", BLANK).set({ text: "half a note" });
  await Promise.all([store.signOut(), pass(100)]);
  expect(Object.keys(localStorage)).toEqual([]);
});
