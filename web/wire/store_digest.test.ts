import { expect, test } from "vitest";

import { cardsDigest } from "./digest.ts";
import { AVA, message } from "./testing/fake_server.ts";
import { pageInChat, unstartedPage, page, pass, server, texts, view, withServer } from "./testing/pages.ts";

withServer();

test("the digest detects lost entries at the end", async () => {
  const store = await pageInChat();
  const [socket] = [...server.sockets];
  if (socket) socket.dropsFrames = true;
  server.commit("s1", AVA, "lost", message("lost", "lost"));
  server.open("s2");
  if (socket) socket.dropsFrames = false;
  server.digest();
  await pass(50);

  expect(texts(store)).toEqual(["Printer is on fire", "lost"]);
  expect([...store.cards.value.keys()]).toEqual(["s1", "s2"]);
});

test("a digest that matches causes no fetch", async () => {
  await pageInChat();
  const before = server.calls.length;
  server.digest();
  await pass(50);

  expect(server.calls).toHaveLength(before);
});

test("an entry without visible events is no gap: nothing is fetched, shown or unread", async () => {  // spec 3.7, 9.4
  const store = await pageInChat();
  const before = server.calls.length;
  server.commit("s1", AVA, "note");
  server.commit("s1", AVA, "m", message("m", "On my way"));
  await pass(5_000);
  server.digest();
  await pass(5_000);

  expect(server.calls).toHaveLength(before);
  expect([view(store).revision, view(store).unread.count, view(store).lines.map((line) => line.revision)]).toEqual([3, 1, [1, 3]]);
  expect(texts(store)).toEqual(["Printer is on fire", "On my way"]);
});

test("a digest older than the page's state causes no fetch", async () => {
  const store = await pageInChat();
  server.commit("s1", AVA, "m", message("m", "newer than the digest"));
  await pass(50);
  const before = server.calls.length;
  server.publish({ t: "digest", sessions: { s1: 1 }, cards: cardsDigest(server.cards()) });
  await pass(5_000);

  expect(server.calls).toHaveLength(before);
  expect(view(store).revision).toBe(2);
});

test("a conversation of many pages is shown only when all pages are loaded", async () => {  // spec 3.7
  server.open("s1");
  for (let n = 2; n <= 25; n++) server.commit("s1", AVA, `m${n}`, message(`m${n}`, `text ${n}`));
  server.pageEntries = 10;
  const store = unstartedPage();
  const shown: number[] = [];
  store.sessionOf("s1").subscribe((now) => shown.push(now?.revision ?? -1));
  store.start();
  await pass(200);

  expect(new Set(shown)).toEqual(new Set([-1, 0, 25]));
  expect(texts(store)).toEqual(["Printer is on fire", ...Array.from({ length: 24 }, (_, n) => `text ${n + 2}`)]);
  expect(server.calls.filter((call) => call === "GET /sessions/s1")).toHaveLength(3);
});

test("after a disconnect only the missing pages of a long conversation are fetched", async () => {
  server.open("s1");
  for (let n = 2; n <= 25; n++) server.commit("s1", AVA, `m${n}`, message(`m${n}`, `text ${n}`));
  server.pageEntries = 10;
  const afters: string[] = [];
  server.routes.set("GET /sessions/s1", (_, url) => {
    const after = url.searchParams.get("after") ?? "";
    afters.push(after);
    if (after === "20" && afters.length < 8) return { status: 503, body: { error: { kind: "unavailable", code: "down", message: "down" } } };
    const entries = (server.log.get("s1") ?? []).slice(Number(after));
    return { status: 200, body: { session: { card: server.card("s1"), entries: entries.slice(0, 10) }, more: entries.length > 10 } };
  });
  const store = await page();
  expect(view(store)).toMatchObject({ revision: 0, loading: true });
  await pass(20_000);

  expect(view(store)).toMatchObject({ revision: 25, loading: false, error: null });
  expect(afters.filter((after) => after === "0")).toHaveLength(1);
  expect(texts(store)).toHaveLength(25);
});

test("an entry of messages changes the listed card, so that the digest matches without a fetch", async () => {  // spec 3.7, 6.3
  const store = await pageInChat();
  const entry = server.commit("s1", AVA, "m", message("m", "On my way"));
  await pass(50);
  expect(store.cards.value.get("s1")).toMatchObject({ revision: 2, title: "Printer is on fire", modifiedAt: entry.at });

  const before = server.calls.length;
  server.digest();
  await pass(50);
  expect(server.calls.slice(before)).toEqual([]);
});

test("cards that only messages changed are updated from the digest without a fetch", async () => {  // spec 3.7, 6.3
  const store = await pageInChat();
  const card = server.card("s1");
  const grown = { sessionId: "s1", since: 1, revision: 4, modifiedAt: "2026-03-02T09:00:00Z" };
  const before = server.calls.length;
  server.publish({ t: "digest", sessions: {}, cards: cardsDigest([{ ...card, revision: 4 }]), grown: [grown] });
  await pass(50);
  expect(store.cards.value.get("s1")).toMatchObject({ revision: 4, title: card.title, modifiedAt: grown.modifiedAt });
  expect(server.calls).toHaveLength(before);

  server.publish({ t: "digest", sessions: {}, cards: cardsDigest([{ ...card, revision: 9 }]), grown: [{ ...grown, since: 8, revision: 9 }] });
  await pass(50);
  expect(server.calls.slice(before)).toEqual(["GET /start"]);
});

test("while a difference lasts, fewer and fewer digests cause a fetch", async () => {  // spec 3.7, 10.9
  await pageInChat();
  const digests: number[] = [];
  for (let n = 1; n <= 70; n++) {
    const before = server.calls.length;
    server.publish({ t: "digest", sessions: {}, cards: 1 });
    await pass(50);
    if (server.calls.slice(before).includes("GET /start")) digests.push(n);
  }
  expect(digests).toEqual([1, 2, 4, 8, 16, 32, 64]);

  server.digest();
  const before = server.calls.length;
  server.publish({ t: "digest", sessions: {}, cards: 1 });
  await pass(50);
  // The older sessions are fetched at a random moment of their own.
  expect(server.calls.slice(before)).toContain("GET /start");
});
