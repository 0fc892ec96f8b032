import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { reloadForNewBuild } from "./new_build";

const BUILD = "/assets/tech-1a2b.js";

let reload: ReturnType<typeof vi.fn>;
let asks: boolean;
let answer: () => Promise<Response>;

beforeEach(() => {
  sessionStorage.clear();
  [reload, asks, answer] = [vi.fn(), false, async () => new Response(null, { status: 404 })];
  document.head.append(Object.assign(document.createElement("script"), { type: "module", src: BUILD }));
  // Other tests of the window may have left listeners.
  vi.stubGlobal("dispatchEvent", ({ type }: Event) => type !== "beforeunload" || !asks);
  vi.stubGlobal("location", { reload });
  vi.stubGlobal("fetch", vi.fn(() => answer()));
});

afterEach(() => {
  sessionStorage.clear();
  document.head.querySelector("script")?.remove();
  vi.unstubAllGlobals();
});

test("a page whose build the server no longer has reloads once", async () => {
  // spec 7.9
  expect(await reloadForNewBuild()).toBe(true);
  expect(await reloadForNewBuild()).toBe(false);
  expect(reload).toHaveBeenCalledTimes(1);
  expect(vi.mocked(fetch).mock.calls[0]).toMatchObject([expect.stringMatching(`${BUILD}$`), { method: "HEAD", cache: "no-store" }]);
});

test.each([
  ["the server still has its build", async () => new Response(null, { status: 200 })],
  ["a proxy answers", async () => new Response(null, { status: 503 })],
  ["there is no connection", () => Promise.reject(new TypeError("Failed to fetch"))],
])("the page stays when %s", async (_, answered) => {
  // spec 7.9
  answer = answered;
  expect(await reloadForNewBuild()).toBe(false);
  expect(reload).not.toHaveBeenCalled();
});

test("a page that would ask before it is left stays, and reloads when it would no longer ask", async () => {
  // spec 7.9
  asks = true;
  expect(await reloadForNewBuild()).toBe(false);
  asks = false;
  expect(await reloadForNewBuild()).toBe(true);
});

test("a page in whose text box the person is stays, and reloads afterwards", async () => {
  // spec 7.9
  const box = document.body.appendChild(document.createElement("input"));
  box.focus();
  expect(await reloadForNewBuild()).toBe(false);
  box.remove();
  expect(await reloadForNewBuild()).toBe(true);
});

test("a page without storage stays, because what was typed would be lost", async () => {
  // spec 7.9
  const forbidden = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("denied", "SecurityError");
  });
  expect(await reloadForNewBuild()).toBe(false);
  forbidden.mockRestore();
  expect(reload).not.toHaveBeenCalled();
});
