import { afterEach, expect, test, vi } from "vitest";

import { createStore } from "./store.ts";
import { FakeServer } from "./testing/fake_server.ts";

afterEach(() => void vi.useRealTimers());

test("a message with files and without a text is kept through a reload offline, and names them when it goes", async () => {
  // spec 7.3, 13.5
  vi.useFakeTimers();
  localStorage.clear();
  const server = new FakeServer();
  server.open("s1");
  const page = async () => {
    const store = createStore("portal", { fetch: server.fetch, WebSocket: server.WebSocket });
    store.start();
    await vi.advanceTimersByTimeAsync(100);
    return store;
  };
  const first = await page();
  server.cut();
  first.post("s1", " ", false, [{ id: "f1", name: "fire.png" }]);
  expect(first.sessions.value.get("s1")?.pending).toMatchObject([{ state: "waiting", files: [{ name: "fire.png" }] }]);
  first.stop();

  // A page of an earlier version, which knows no files, must not send the message without them.
  expect(Object.keys(localStorage).filter((key) => key.includes("post:"))).toEqual([]);
  server.restore();
  const second = await page();
  expect(server.received.filter((frame) => frame.t === "post")).toMatchObject([{ fileIds: ["f1"] }]);
  await vi.advanceTimersByTimeAsync(100);
  expect(second.sessions.value.get("s1")).toMatchObject({ pending: [], lines: [{}, { kind: "message", files: [{ id: "f1" }] }] });
  second.stop();
});
