import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { button, chat, portal, reloaded, server, withPortal } from "../testing/portal";

withPortal();

const down = () => ({ status: 503, body: { error: { kind: "unavailable", code: "unavailable", message: "Down." } } });

beforeEach(() => server.open("s1"));

test("a chat whose conversation cannot be fetched has a window that shows the error and retries", async () => {
  // spec 7.1, 9.5
  let answer = (): void => undefined;
  server.routes.set("GET /sessions/s1", () => new Promise((resolve) => (answer = () => resolve(down()))));
  portal();
  const window = within(await chat("Printer is on fire"));
  await window.findByRole("status", { name: "Loading messages" });
  await waitFor(() => expect(window.getByRole("list", { name: "People in this chat" }).textContent).toContain("Mia Torres"));
  server.routes.set("GET /sessions/s1", down);
  answer();

  const alert = await window.findByRole("alert");
  expect(alert.textContent).toContain("The chat could not be loaded");
  expect(alert.textContent).toContain("We'll keep trying.");
  server.routes.delete("GET /sessions/s1");
  await userEvent.click(within(alert).getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(window.getByRole("log").textContent).toContain("Printer is on fire"));
  expect(window.queryByRole("alert")).toBeNull();
});

test("Back to chat opens such a chat too, and messages written there are sent", async () => {
  // spec 7.3, 7.6
  portal();
  await userEvent.click(within(await chat("Printer is on fire")).getByRole("button", { name: "Close" }));
  server.routes.set("GET /sessions/s1", down);
  reloaded();
  await button("Back to chat");
  await userEvent.click(await button("Go to your chat"));

  const window = within(await chat("Printer is on fire"));
  await waitFor(() => expect(document.activeElement).toBe(window.getByRole("textbox", { name: "Message" })));
  await userEvent.keyboard("It burns blue now{Enter}");
  await waitFor(() => expect(server.texts("s1")).toContain("It burns blue now"));
});

test("a chat that no longer exists or belongs to another person has no window", async () => {
  // spec 10.2
  server.routes.set("GET /sessions/s1", () => ({ status: 404, body: { error: { kind: "not_found", code: "session_not_found", message: "There is no such session." } } }));
  const store = portal();
  await waitFor(() => expect(store.sessions.value.get("s1")?.error?.kind).toBe("not_found"));
  await button("Start chat");

  expect(screen.queryByRole("region", { name: /Chat:/ })).toBeNull();
});

test("a window stays open while its conversation temporarily cannot be fetched", async () => {  // spec 9.5
  const store = portal();
  await chat("Printer is on fire");
  server.routes.set("GET /sessions/s1", () => ({ status: 503, body: { error: { kind: "unavailable", code: "unavailable", message: "Down." } } }));
  server.publish({ t: "refetch" });
  await waitFor(() => expect(store.sessions.value.get("s1")?.error?.kind).toBe("unavailable"), { timeout: 15_000 });

  await chat("Printer is on fire");
});
