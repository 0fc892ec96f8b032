import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { createRest } from "./rest.ts";
import { FakeUpload } from "./testing/fake_upload.ts";

let left: string[] = [];
const rest = () => createRest({ base: "/portal/api", signInId: () => "sign-in-1", onSignedOut: (why) => left.push(why) });
const sending = (stop = new AbortController(), onSent: (bytes: number) => void = () => undefined) => ({ commandId: "c1", onSent, signal: stop.signal });
const file = new Blob(["hello"]);

beforeEach(() => {
  left = [];
  FakeUpload.all = [];
  vi.stubGlobal("XMLHttpRequest", FakeUpload);
});
afterEach(() => void vi.unstubAllGlobals());

test("a file is the body, with the page's sign-in, and its progress is reported", async () => {
  // spec 9.3, 10.8
  const sent: number[] = [];
  const answer = rest().upload("/tickets/t1/attachments?name=a", file, sending(undefined, (bytes) => sent.push(bytes)));
  const [request] = FakeUpload.all;
  request!.upload.onprogress?.({ loaded: 3 });
  request!.answer(200, { attachment: { id: "f1" } });

  expect(await answer).toEqual({ attachment: { id: "f1" } });
  expect([request!.url, request!.body, sent]).toEqual(["/portal/api/tickets/t1/attachments?name=a", file, [3]]);
  expect(request!.headers.get("Parley-Sign-In")).toBe("sign-in-1");
});

test("a refusal has its reason, and an ended sign-in ends the page", async () => {
  const refused = [
    { status: 413, error: { kind: "invalid_argument", code: "too_large", field: "size" } },
    { status: 401, error: { kind: "unauthenticated", code: "not_signed_in" } },
  ];
  for (const { status, error } of refused) {
    const answer = rest().upload("/x", file, sending());
    FakeUpload.all.at(-1)!.answer(status, { error });
    await expect(answer).rejects.toMatchObject(error);
  }
  expect(left).toEqual(["ended"]);
});

test("a lost connection is unavailable, and a stopped upload is cancelled", async () => {
  const stop = new AbortController();
  const [lost, stopped] = [rest().upload("/x", file, sending()), rest().upload("/x", file, sending(stop))];
  FakeUpload.all[0]!.onerror?.();
  stop.abort();
  await expect(lost).rejects.toMatchObject({ kind: "unavailable" });
  await expect(stopped).rejects.toMatchObject({ kind: "cancelled", code: "stopped" });
  expect(FakeUpload.all[1]!.aborted).toBe(true);
});
