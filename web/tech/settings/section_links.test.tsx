import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { ADMIN } from "../../wire/testing/fake_server";
import { go } from "../router";
import { server, tech, withTech } from "../testing/page";

withTech();

beforeEach(() => {
  go({ page: "settings" });
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { person: ADMIN }, cards: [], alerts: [], missing: [] } }));
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: {}, version: 0 } }));
});

test("links lead to the sections, mark the one that was chosen, and follow the page", async () => {
  tech();
  const list = within(await screen.findByRole("navigation", { name: "Sections" }));
  const link = (name: string) => list.getByRole("link", { name });
  expect(list.getAllByRole("link").map(({ textContent }) => textContent)).toContain("Companies");
  expect(link("Contact options").getAttribute("aria-current")).toBe("true");
  await userEvent.click(link("Companies"));
  expect(document.activeElement).toBe(await screen.findByRole("heading", { level: 2, name: "Companies" }));
  expect([link("Contact options"), link("Companies")].map((one) => one.getAttribute("aria-current"))).toEqual([null, "true"]);

  const page = document.getElementById("page")!;
  const tops: Record<string, number> = { contact: -600, joining: 90, times: 700 };
  for (const [id, top] of Object.entries(tops)) document.getElementById(id)!.getBoundingClientRect = () => new DOMRect(0, top, 0, 0);
  for (const id of ["hours", "access", "presence", "alerts", "files", "boards", "companies", "people", "webhooks", "replies", "audit-log"]) {
    document.getElementById(id)!.getBoundingClientRect = () => new DOMRect(0, 2000, 0, 0);
  }
  // The first event is that of the link.
  page.dispatchEvent(new Event("scroll"));
  expect(link("Companies").getAttribute("aria-current")).toBe("true");
  Object.defineProperty(page, "scrollHeight", { value: 5_000 });
  page.scrollTop = 100;
  page.dispatchEvent(new Event("scroll"));
  await waitFor(() => expect(link("Joining and leaving").getAttribute("aria-current")).toBe("true"));
});
