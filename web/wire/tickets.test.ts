import { expect, test } from "vitest";

import { createTickets } from "./actions.ts";
import type { TimelineEntry } from "./proto.ts";
import type { Rest } from "./rest.ts";

// The timeline that a customer gets: every fourth entry is an internal note, so its revision is missing (spec 9.4).
const seen: TimelineEntry[] = Array.from({ length: 12 }, (_, n) => ({ id: `e${n + 1}`, revision: n + 1 })).filter((line) => line.revision % 4);

test("a timeline of many pages is complete and in order, and missing revisions are not fetched", async () => {  // spec 9.2, 9.4
  const asked: string[] = [];
  const get = async (path: string): Promise<unknown> => {
    asked.push(path);
    const later = seen.filter((line) => line.revision! > Number(new URLSearchParams(path.split("?")[1]).get("after")));
    return { ticket: { id: "t1", number: 7 + asked.length }, timeline: later.slice(0, 4), more: later.length > 4 };
  };
  const tickets = createTickets("/portal/api", { get } as unknown as Rest, new Set());

  const { ticket, timeline } = await tickets.get("t1");

  expect(timeline?.map((line) => line.revision)).toEqual([1, 2, 3, 5, 6, 7, 9, 10, 11]);
  expect(ticket?.number).toBe(10);
  expect(asked).toEqual(["/tickets/t1", "/tickets/t1?after=5", "/tickets/t1?after=10"]);
});
