import { screen, waitFor, within } from "@testing-library/preact";
import { expect, test } from "vitest";

import { go } from "../router";
import { SAM, TICKET, ready, server, tech, withTech } from "../testing/page";

withTech();

test("a ticket can be assigned to engineers who are not disabled, and names its assignee also if disabled", async () => {
  // spec 9.2
  const eve = { id: "eve", name: "Eve Adams" };
  server.routes.set("GET /people", (_, url) => ({ status: 200, body: { people: url.searchParams.get("active") ? [SAM] : [SAM, { id: "dan", name: "Dan Weber", disabled: true }] } }));
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: { ...TICKET, assignee: eve } } }));
  go({ page: "ticket", id: "t7" });
  tech();
  await ready();

  const options = async () => within(await screen.findByRole("combobox", { name: "Assignee" })).getAllByRole("option").map((option) => option.textContent);
  await waitFor(async () => expect((await options()).sort()).toEqual(["Eve Adams", "Nobody", SAM.name].sort()));
});

test("an internal note is marked in the timeline, and a public one is not", async () => {
  // spec 9.2
  const by = { id: "ava", name: "Ava Chen" };
  const timeline = [
    { id: "n1", revision: 2, at: 1_000, by, internal: true, note: { text: "They owe us money" } },
    { id: "n2", revision: 3, at: 2_000, by, note: { text: "We are on it" } },
  ];
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: TICKET, timeline } }));
  go({ page: "ticket", id: "t7" });
  tech();
  await ready();

  const marked = (text: string) => within(screen.getByText(text).closest("li")!).queryByText("Internal") !== null;
  await screen.findByText("They owe us money");
  expect([marked("They owe us money"), marked("We are on it")]).toEqual([true, false]);
});
