import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import type { Alert } from "../../wire/index.ts";
import { AVA, MIA } from "../../wire/testing/fake_server";
import { SAM, alert, joined, ready, server, tech, withTech } from "../testing/page";
import { DEFAULT_TIMES, alertTimesOf, urgencyOf } from "./urgency";
import { shownOf } from "./order";

withTech();
afterEach(() => void vi.restoreAllMocks());

const region = () => within(screen.getByRole("region", { name: "Chat alerts" }));
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

function raise(part: Partial<Alert>): void {
  const facts = { alertId: "s1", personId: "ava", sessionId: "s1", title: "Printer is on fire", customerId: "mia", customerName: "Mia Torres" };
  server.publish({ t: "alertRaised", alert: { ...facts, reason: "ALERT_REASON_WAITING", raisedAt: ago(0), ...part } });
}

test("a wait is early before the first repetition, repeating while it repeats, late afterwards", () => {
  // spec 5.3
  const at = (seconds: number, alertTimes = DEFAULT_TIMES) => urgencyOf(seconds, alertTimes);
  expect([0, 19, 20, 90, 91].map((seconds) => at(seconds))).toEqual(["early", "early", "repeating", "repeating", "late"]);
  // A desk without repetitions: `until` is 0, which JSON leaves out.
  const off = alertTimesOf({ first: 20, every: 10 });
  expect([19, 20, 600].map((seconds) => at(seconds, off))).toEqual(["early", "repeating", "repeating"]);
});

test("the longest wait is among the four alerts shown, and an invitation is no wait", () => {
  // spec 5.1
  const made = (id: string, waitingSince: string, reason: Alert["reason"] = "ALERT_REASON_WAITING") => ({ alertId: id, waitingSince, reason });
  const day = (number: number) => `2026-05-0${number}T09:00:00Z`;
  const old = [made("f", day(6)), made("e", day(5)), made("d", day(4)), made("c", day(3)), made("b", day(2)), made("i", day(1), "ALERT_REASON_INVITED")];
  const ids = (alerts: Alert[]) => shownOf(alerts).map((one) => one.alertId).join("");
  expect(ids(old)).toBe("fedb");
  expect(ids(old.slice(0, 4))).toBe("fedc");
  expect(shownOf(old, 2).map((one) => one.alertId)).toEqual(["f", "b"]);
});

test("an alert's reason is a sentence with the time since it began, and urgency by text and icon as well", async () => {
  // spec 3.9, 3.12, 5.1
  server.routes.set("GET /settings/alerts", () => ({ status: 200, body: { settings: { first: 30, every: 10, until: 60 }, version: 1 } }));
  tech();
  await ready();
  await waitFor(() => expect(server.calls).toContain("GET /settings/alerts"));
  raise({ alertId: "w", title: "Waits", waitingSince: ago(45) });
  raise({ alertId: "u", title: "Unattended", reason: "ALERT_REASON_UNATTENDED", waitingSince: ago(536) });
  raise({ alertId: "i", title: "Invited", reason: "ALERT_REASON_INVITED", waitingSince: ago(900), invitedAt: ago(14), invitedByName: "Ava Chen" });
  expect(await screen.findByText("Ava Chen needs you in the chat of Mia Torres: Invited")).toBeTruthy();
  const text = async (title: string) => (await region().findByRole("article", { name: title })).textContent;
  await waitFor(async () => expect(await text("Waits")).toMatch(/waits 0:4\d, Waiting long/));
  expect(await text("Unattended")).toMatch(/Needs an engineer, unattended for 8:5\d, Waiting too long.*longest wait/);
  expect(await text("Invited")).toMatch(/Ava Chen needs you · 0:1\d/);
});

test.each([true, false])("on a phone no alert repeats a session of the open list (phone: %s)", async (phone) => {
  // spec 5.1
  const { matchMedia } = window;
  vi.spyOn(window, "matchMedia").mockImplementation((media) =>
    media === "(max-width: 719px)" ? (Object.assign(new EventTarget(), { matches: phone, media }) as MediaQueryList) : matchMedia(media),
  );
  server.open("s1");
  tech();
  await ready();
  raise({ alertId: "s1" });
  raise({ alertId: "s2", sessionId: "s2", title: "Not listed yet" });
  const shown = () => region().queryAllByRole("article").map((card) => card.getAttribute("aria-label")).sort();
  await waitFor(() => expect(shown()).toHaveLength(2));
  await userEvent.click(screen.getByRole("tab", { name: "Waiting, 1" }));
  await waitFor(() => expect(shown()).toEqual(phone ? ["Not listed yet"] : ["Not listed yet", "Printer is on fire"]));
  await userEvent.click(screen.getByRole("tab", { name: "My sessions" }));
  await waitFor(() => expect(shown()).toHaveLength(2));

  // A new one may be out of view in the list.
  await userEvent.click(screen.getByRole("tab", { name: "Waiting, 1" }));
  server.open("s3", MIA, "New");
  raise({ alertId: "s3", sessionId: "s3", title: "New" });
  await screen.findByRole("tab", { name: "Waiting, 2" });
  await waitFor(() => expect(shown()).toEqual(phone ? ["New", "Not listed yet"] : ["New", "Not listed yet", "Printer is on fire"]));
});

test.each([
  ["PRESENCE_AWAY", "1 waiting, alerts are off while you are away"],
  ["PRESENCE_BUSY", "1 waiting, alerts are off during Do Not Disturb"],
] as const)("%s shows how many wait and that alerts are off, with a button to go online", async (presence, text) => {
  // spec 1.10
  let chosen: unknown;
  server.routes.set("POST /presence", (body) => ((chosen = body.presence), { status: 200, body: {} }));
  server.open("s1");
  tech();
  await ready();
  server.publish({ t: "presence", presences: [{ personId: "ava", presence}] });
  expect(await region().findByText(text)).toBeTruthy();
  await userEvent.click(region().getByRole("button", { name: "Go online" }));
  expect(chosen).toBe("PRESENCE_ONLINE");
  server.publish({ t: "presence", presences: [{ personId: "ava", presence: "PRESENCE_ONLINE"}] });
  await waitFor(() => expect(region().queryByText(text)).toBeNull());
});

test("a session that becomes abandoned is announced, and marked on its tab until the tab is opened", async () => {
  // spec 5.7
  server.open("s1");
  tech();
  await ready();
  await screen.findByRole("tab", { name: "Waiting, 1" });
  server.commit("s1", MIA, "leave", { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_ABANDONED", step: "STEP_ABANDON" } });
  const tab = await screen.findByRole("tab", { name: "Abandoned, 1, 1 new" });
  expect(screen.getByText(/^Abandoned:.*Mia Torres.*Printer is on fire/)).toBeTruthy();
  await userEvent.click(tab);
  expect(await screen.findByRole("tab", { name: "Abandoned, 1" })).toBeTruthy();
});

test("Waiting shows no wait for a handled chat to which the engineer is invited", async () => {
  // spec 3.9, 6.2
  server.open("s1");
  joined("s1", SAM);
  server.commit("s1", SAM, "invite", { engineerInvited: { engineer: AVA } });
  tech();
  await userEvent.click(await screen.findByRole("tab", { name: "Waiting, 1" }));
  const card = within(screen.getByRole("complementary", { name: "Sessions" })).getByRole("article", { name: "Printer is on fire" });
  expect(card.textContent).toMatch(/Sam Okafor needs you · 0:0\d/);
  expect(card.textContent).not.toContain("waits");
});
