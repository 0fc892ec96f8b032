import { expect, test, vi } from "vitest";

import { newId, traceparent } from "./ids.ts";
import { createRest } from "./rest.ts";

const W3C = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;

test("every command has its own trace, and each attempt its own span", () => {  // spec 12.2
  const [one, other] = [newId(), newId()];
  const tries = [traceparent(one), traceparent(one), traceparent(other), traceparent("not of ours"), traceparent()];

  for (const each of tries) expect(each).toMatch(W3C);
  const traces = tries.map((each) => each.split("-")[1]);
  expect(traces[0]).toBe(traces[1]);
  expect(new Set(traces).size).toBe(4);
  expect(new Set(tries.map((each) => each.split("-")[2])).size).toBe(5);
});

test("a retried call continues the trace of its click", async () => {  // spec 12.2
  vi.useFakeTimers();
  const seen: string[] = [];
  let status = 503;
  const fetch = async (_: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    seen.push(new Headers(init.headers).get("traceparent") ?? "");
    const answer = new Response("{}", { status });
    status = 200;
    return answer;
  };
  const rest = createRest({ base: "/portal/api", onSignedOut: () => undefined, fetch });
  const asked = rest.get("/start");
  await vi.advanceTimersByTimeAsync(1_000);
  await asked;
  const commandId = newId();
  await rest.write("POST", "/chats", { commandId, text: "hello" });
  vi.useRealTimers();

  for (const each of seen) expect(each).toMatch(W3C);
  const [first, repeated, written] = seen.map((each) => each.split("-")[1]);
  expect(first).toBe(repeated);
  expect(written).toBe(commandId.replaceAll("-", ""));
});
