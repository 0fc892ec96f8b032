// The results of the tests on the notifications page (spec 5.10), from the record of the test's delivery.
import type { Delivery } from "../../wire/proto.ts";
import { notificationTexts } from "./notification_texts";

/** The text begins with "OK" or says what to do. */
export type Result = { state: "ok" | "wrong" | "untried"; text: string };

const { page, push } = notificationTexts.check;
const EACH = 400;
// After the page has confirmed the test, it shows it and plays the sound.
const SETTLES_WITHIN = 2_500;
export const MAX_WAIT = { page: 12_000, push: 20_000 } as const;

/** What the delivery shows now; null while more may come. `waited`: milliseconds since the test was sent. */
export function pageResult(delivery: Delivery, waited: number): Result | null {
  const { shownAt, soundedAt, receivedAt, failedAt, failure = "" } = delivery;
  if (shownAt) return { state: "ok", text: page.shown };
  if (failedAt) return { state: "wrong", text: page.failed(failure) };
  const settled = waited >= SETTLES_WITHIN;
  if (receivedAt && failure && settled) return { state: "wrong", text: page.soundBlocked(failure) };
  if (soundedAt && settled) return { state: "ok", text: page.sounded };
  if (receivedAt && settled) return { state: "ok", text: page.received };
  return waited >= MAX_WAIT.page ? { state: "wrong", text: page.late } : null;
}

/** For Web Push, `receivedAt` is when the push service accepted it, and the device's worker reports that it was shown. */
export function pushResult(delivery: Delivery, waited: number): Result | null {
  const { shownAt, receivedAt, failedAt, failure = "" } = delivery;
  if (shownAt) return { state: "ok", text: push.shown };
  if (failedAt) return { state: "wrong", text: push.failed(failure) };
  if (waited < MAX_WAIT.push) return null;
  return { state: "wrong", text: receivedAt ? push.accepted : push.late };
}

/** Reads the delivery until there is a result. */
export async function resultOf(read: () => Promise<Delivery>, judge: (delivery: Delivery, waited: number) => Result | null): Promise<Result> {
  const start = Date.now();
  for (;;) {
    // A failed read is like one without a change: the time limit holds.
    const delivery = await read().catch((): Delivery => ({}));
    const result = judge(delivery, Date.now() - start);
    if (result) return result;
    await new Promise((resolve) => setTimeout(resolve, EACH));
  }
}
