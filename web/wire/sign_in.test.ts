import { afterEach, expect, test, vi } from "vitest";

import { createStore } from "./store.ts";
import { leavePage, signInAddress } from "./sign_in.ts";
import { pageInChat, pass, server, signedOut, view, withServer } from "./testing/pages.ts";

withServer();
// The page that leaves is gone, as are its listeners.
afterEach(() => void dispatchEvent(new Event("pagehide")));

const ENDED = { status: 401, body: { error: { kind: "unauthenticated", code: "not_signed_in" } } };

/** Ends the sign-in at the server, which closes the sockets at once. */
function endSignIn(): void {
  server.routes.set("GET /start", () => ENDED);
  for (const socket of [...server.sockets]) socket.closeWith(4401);
}

test("a page sends its sign-in id with each call and each new socket", async () => {  // spec 10.8
  const store = await pageInChat();
  server.routes.set("POST /sessions/s1/leave", () => ({ status: 200, body: { session: { card: server.card("s1") } } }));
  await Promise.all([store.leave("s1"), pass(100)]); // the fake server refuses it without the sign-in id
  server.cut();
  server.restore();
  await pass(5_000);

  expect([...server.sockets].map((socket) => new URL(socket.url).searchParams.get("sign_in"))).toEqual(["sign-in-1"]);
  expect(signedOut).not.toHaveBeenCalled();
});

test("an old page does not act as a person who signed in later, and reports why it closes", async () => {  // spec 10.8
  const store = await pageInChat();
  const done: string[] = [];
  server.routes.set("POST /sessions/s1/leave", () => (done.push("leave"), { status: 200, body: {} }));
  server.routes.set("POST /sign-out", () => (done.push("sign-out"), { status: 204 }));
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { id: "sign-in-2", person: { id: "zoe" } } } }));
  server.signIn = "sign-in-2";

  await Promise.all([expect(store.leave("s1")).rejects.toMatchObject({ code: "other_sign_in" }), pass(100)]);
  await Promise.all([expect(store.signOut()).rejects.toMatchObject({ code: "other_sign_in" }), pass(100)]);

  expect(done).toEqual([]);
  expect(signedOut.mock.calls).toEqual([["other"]]);
});

test("a reconnect under another sign-in sends nothing, and drafts stay with their author", async () => {  // spec 10.8, 7.9
  const store = await pageInChat();
  server.cut();
  store.post("s1", "mine");
  store.saveDraft("s1", "half a sentence");
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { id: "sign-in-2", person: { id: "zoe" } } } }));
  server.signIn = "sign-in-2";
  server.restore();
  await pass(10_000);

  expect(signedOut.mock.calls).toEqual([["other"]]);
  expect(server.texts("s1")).toEqual(["Printer is on fire"]);
  expect(view(store).pending.map((one) => one.text)).toEqual(["mine"]);

  server.routes.delete("GET /start");
  const reloaded = createStore("portal", { fetch: server.fetch, WebSocket: server.WebSocket, onSignedOut: signedOut });
  reloaded.start();
  await pass(1_000);
  expect(server.texts("s1")).toEqual(["Printer is on fire", "mine"]);
  expect(reloaded.draft("s1")).toBe("half a sentence");
  reloaded.stop();
});

test("a socket of another sign-in is closed at once: the page neither sends nor fetches over it", async () => {  // spec 10.8
  const store = await pageInChat();
  await Promise.all([store.openSession("s2"), pass(1_000)]);
  const [received, called] = [server.received.length, server.calls.length];
  let signedInNow: () => void = () => undefined;
  server.routes.set("GET /start", async () => {
    await new Promise<void>((resolve) => (signedInNow = resolve));
    return { status: 200, body: { me: { id: "sign-in-2", person: { id: "zoe" } } } };
  });
  server.signIn = "sign-in-2";
  server.publish({ t: "welcome", connectionId: "c", serverTime: new Date().toISOString(), replica: "gateway-1", signInId: "sign-in-2" });
  await pass(10);
  store.post("s1", "mine");
  dispatchEvent(new Event("online"));
  dispatchEvent(new Event("keydown"));
  await pass(60_000);

  expect(server.sockets.size).toBe(0);
  expect(server.received.slice(received)).toEqual([]);
  expect(server.calls.slice(called)).toEqual(["GET /start"]); // only to find out who is signed in now
  signedInNow();
  await pass(100);
  expect(signedOut.mock.calls).toEqual([["other"]]);
  expect(view(store).pending.map((one) => one.text)).toEqual(["mine"]);
});

test("a page notices at once that another page of this browser has another sign-in", async () => {  // spec 10.8
  await pageInChat();
  expect(localStorage.getItem("parley:portal:sign_in")).toBe("sign-in-1");
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { id: "sign-in-2", person: { id: "zoe" } } } }));
  server.signIn = "sign-in-2";
  dispatchEvent(new StorageEvent("storage", { key: "parley:portal:sign_in", newValue: "sign-in-2" }));
  await pass(100);

  expect(signedOut.mock.calls).toEqual([["other"]]);
});

test("when the same person signs in again, the page reloads and keeps everything", async () => {
  const store = await pageInChat();
  server.signIn = "sign-in-2";
  await Promise.all([store.support().catch(() => undefined), pass(100)]);

  expect(signedOut.mock.calls).toEqual([["renewed"]]);
});

test("a page without its sign-in leaves without asking about what is not sent", () => {  // spec 10.8
  vi.stubGlobal("location", { assign: () => dispatchEvent(leaving), pathname: "/tech/", search: "" });
  const leaving = new Event("beforeunload", { cancelable: true });
  const ask = (event: Event) => event.preventDefault();
  addEventListener("beforeunload", ask);
  leavePage("tech", "ended");
  expect(leaving.defaultPrevented).toBe(false);
  dispatchEvent(new Event("pagehide"));
  dispatchEvent(leaving);
  removeEventListener("beforeunload", ask);
  vi.unstubAllGlobals();
  expect(leaving.defaultPrevented).toBe(true);
});

test("signing out leaves for its answer, although the server closes the page's socket before", async () => {  // spec 10.1
  const store = await pageInChat();
  let answer: () => void = () => undefined;
  server.routes.set("POST /sign-out", async () => {
    endSignIn();
    await new Promise<void>((resolve) => (answer = resolve));
    return { status: 200, body: { redirect: "https://id.example/out" } };
  });
  const done = store.signOut();
  await pass(5_000);
  expect(signedOut).not.toHaveBeenCalled();

  answer();
  await Promise.all([done, pass(100)]);
  expect(signedOut.mock.calls).toEqual([["signed_out"]]);
});

test.each([
  ["leaves when the sign-in has ended all the same", endSignIn, [["ended"]]],
  ["stays when the sign-in goes on", () => undefined, []],
])("a page whose signing out fails %s", async (_, meanwhile, left) => {  // spec 10.8
  const store = await pageInChat();
  server.routes.set("POST /sign-out", () => (meanwhile(), { status: 500, body: {} }));
  await Promise.all([expect(store.signOut()).rejects.toMatchObject({ kind: "internal" }), pass(5_000)]);

  expect(signedOut.mock.calls).toEqual(left);
});

test("signing out in one tab removes the names of unsent files from the others", async () => {  // spec 10.8
  const store = await pageInChat();
  const shared = (newValue: string | null) => dispatchEvent(new StorageEvent("storage", { key: "parley:portal:sign_in", newValue }));
  store.keepFileNames("s1", "scan.pdf");
  shared("sign-in-1");
  expect(store.fileNames("s1")).toBe("scan.pdf");

  shared(null);
  expect(store.fileNames("s1")).toBe("");
  expect(Object.keys(sessionStorage).filter((key) => key.startsWith("parley:portal:mia:"))).toEqual([]);
});

test("an ended sign-in shows the reason; signing out oneself does not", () => {
  expect(signInAddress("tech", "ended", "/tech/tickets/12?a=b")).toBe("/sign-in?app=tech&why=ended&to=%2Ftech%2Ftickets%2F12%3Fa%3Db");
  expect(signInAddress("portal", "signed_out", "/portal/")).toBe("/sign-in?app=portal");
});

test("signing out sends what must not be in an address to the provider by a form", () => {  // spec 10.7
  const sent: Record<string, string>[] = [];
  const submit = vi.spyOn(HTMLFormElement.prototype, "submit").mockImplementation(function (this: HTMLFormElement) {
    const fields = [...this.querySelectorAll("input")].map(({ name, value }) => [name, value]);
    sent.push({ method: this.method, action: this.action, ...Object.fromEntries(fields) });
    this.remove();
  });

  leavePage("tech", "signed_out", "https://id.example/out", { client_id: "parley", id_token_hint: "a.b.c" });

  expect(sent).toEqual([{ method: "post", action: "https://id.example/out", client_id: "parley", id_token_hint: "a.b.c" }]);
  submit.mockRestore();
});

test("a form that the policy of an older page stops leads to the sign-in page", () => {  // spec 10.7
  const assign = vi.fn();
  vi.stubGlobal("location", { assign, pathname: "/tech/", search: "" });
  const submit = vi.spyOn(HTMLFormElement.prototype, "submit").mockImplementation(function (this: HTMLFormElement) {
    this.remove();
  });
  const violated = (effectiveDirective: string) =>
    document.dispatchEvent(Object.assign(new Event("securitypolicyviolation"), { effectiveDirective }));

  leavePage("tech", "signed_out", "https://new.example/out", { client_id: "parley" });
  violated("img-src");
  expect(assign).not.toHaveBeenCalled();
  violated("form-action");
  expect(assign.mock.calls).toEqual([["/sign-in?app=tech"]]);
  submit.mockRestore();
  vi.unstubAllGlobals();
});
