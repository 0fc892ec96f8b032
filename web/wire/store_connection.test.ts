import { expect, test } from "vitest";

import { AVA, message } from "./testing/fake_server.ts";
import { page, pageInChat, pass, server, texts, unstartedPage, withServer } from "./testing/pages.ts";

withServer();

test("a reconnect sends the time since the last activity", async () => {  // spec 1.3, 1.4
  await page();
  dispatchEvent(new Event("keydown"));
  await pass(600_000);
  server.cut();
  server.restore();
  await pass(10_000);

  dispatchEvent(new Event("keydown"));
  server.cut();
  await pass(300);
  dispatchEvent(new Event("keydown")); // cannot be sent now
  server.restore();
  await pass(10_000);

  expect(server.idle[0]).toBe(0);
  expect(server.idle[1]).toBeGreaterThanOrEqual(600);
  expect(server.idle.at(-1)).toBeLessThan(10);
});

test("a page without activity reports the time since its load", async () => {  // spec 1.3
  await page();
  await pass(600_000);
  server.cut();
  server.restore();
  await pass(10_000);

  expect(server.idle.at(-1)).toBeGreaterThanOrEqual(600);
});

test("a page reconnects when the connection is silent", async () => {
  const store = await pageInChat();
  for (const socket of server.sockets) socket.dropsFrames = true;
  server.commit("s1", AVA, "x", message("x", "into the void"));

  await pass(10_500);
  expect(server.received.filter((frame) => frame.t === "beat").length).toBe(0);
  await pass(1_000);

  expect(store.connection.value.state).toBe("connected");
  expect(texts(store)).toContain("into the void");
});

test("each beat is answered even when a hidden tab's timers are slow", async () => {
  await pageInChat();
  server.publish({ t: "serverBeat", serverTime: new Date().toISOString() });
  await pass(1);

  expect(server.received.filter((frame) => frame.t === "beat")).toHaveLength(1);
});

test("while disconnected the page counts down to its next attempt, and reconnects at once on request", async () => {  // spec 7.4
  const store = await pageInChat();
  server.cut();
  await pass(20);
  const before = store.connection.value;
  expect(before.state === "reconnecting" && (before.retryAt ?? 0) > Date.now()).toBe(true);
  server.restore();
  store.tryNow();
  await pass(20);

  expect(store.connection.value.state).toBe("connected");
});

test("a page closed for too many frames reconnects slowly, and at once on request", async () => {  // spec 10.4
  const store = await pageInChat();
  server.cut(4429);
  server.restore();
  await pass(19_000);
  expect(store.connection.value.state).toBe("reconnecting");
  await pass(22_000);
  expect(store.connection.value.state).toBe("connected");

  server.cut(4429);
  server.restore();
  store.tryNow();
  await pass(100);
  expect(store.connection.value.state).toBe("connected");
});
