import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { toast } from "../ui";
import { AVA, MIA } from "../wire/testing/fake_server";
import { chat, joined, ready, server, tech, withTech } from "./testing/page";

withTech();

const isFocused = (part: () => HTMLElement) => waitFor(() => expect(document.activeElement).toBe(part()));
const page = () => document.getElementById("page")!;

test("when a window goes, the page has the focus and not the window of another customer; a minimised one keeps it", async () => {
  server.open("s1");
  server.open("s2", MIA, "Second");
  for (const id of ["s1", "s2"]) joined(id, AVA);
  tech();
  const [first, second] = [await chat("Printer is on fire"), await chat("Second")];
  await userEvent.click(within(second).getByRole("button", { name: "Close" }));
  await isFocused(page);
  await userEvent.click(within(first).getByRole("button", { name: "Minimise" }));
  await isFocused(() => screen.getByRole("button", { name: /Restore/ }));
  await userEvent.click(screen.getByRole("button", { name: /^Close .*Printer/ }));
  await isFocused(page);
});

test("when a toast goes, the next one has the focus", async () => {
  tech();
  await ready();
  toast("One.", { tone: "danger" });
  toast("Two.", { tone: "danger" });
  const [one, two] = await screen.findAllByRole("alert");
  await userEvent.click(within(one!).getByRole("button", { name: "Dismiss" }));
  await isFocused(() => within(two!).getByRole("button", { name: "Dismiss" }));
});
