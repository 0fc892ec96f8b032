import { screen, waitFor, within } from "@testing-library/preact";
import { expect, test } from "vitest";

import { go } from "../router";
import { ready, server, tech, withTech } from "../testing/page";

withTech();

const viewed = () => server.received.flatMap((frame) => (frame.t === "viewTicket" ? [frame.ticketId ?? ""] : []));
const NOA = { id: "noa", name: "Noa Stern" };
const SAM = { id: "sam", name: "Sam Okafor" };

test("the page of a ticket names the other engineers on it, and nobody after it is left or without a connection", async () => {
  // spec 9.2
  go({ page: "ticket", id: "t7" });
  tech();
  await ready();
  await screen.findByRole("textbox", { name: "Note" });
  await waitFor(() => expect(viewed().at(-1)).toBe("t7"));

  server.publish({ t: "ticketViewers", ticketId: "t7", viewers: [{ id: "ava", name: "Ava Chen" }, NOA] });
  expect(await screen.findByText("Noa Stern is also here")).toBeTruthy();
  expect(within(screen.getByRole("list", { name: "Also on this ticket" })).getAllByRole("listitem")).toHaveLength(1);

  server.publish({ t: "ticketViewers", ticketId: "t7", viewers: [NOA, SAM] });
  expect(await screen.findByText("Noa Stern and Sam Okafor are also here")).toBeTruthy();
  server.publish({ t: "ticketViewers", ticketId: "t8", viewers: [] });
  expect(screen.getByText("Noa Stern and Sam Okafor are also here")).toBeTruthy();

  server.cut();
  await waitFor(() => expect(screen.queryByText(/also here/)).toBeNull());
  go({ page: "tickets" });
  await screen.findByRole("heading", { name: "Tickets" });
  expect(screen.queryByText(/also here/)).toBeNull();
});
