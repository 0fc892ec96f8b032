import { act, screen, waitFor } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { go, paths } from "./router";
import { portal, withPortal } from "./testing/portal";

withPortal();

const heading = (name: string) => screen.findByRole("heading", { level: 1, name });

test("a page that takes the place of another has the focus on its heading or first field, and the title names it", async () => {
  portal();
  await heading("Request support");
  await waitFor(() => expect(document.title).toMatch(/^Request support · /));
  act(() => go(paths.tickets));
  const list = await heading("Tickets");
  await waitFor(() => expect(document.activeElement).toBe(list));
  await waitFor(() => expect(document.title).toMatch(/^Tickets · /));
  act(() => go(paths.ticket("t7")));
  const one = await heading("VPN drops");
  await waitFor(() => expect(document.activeElement).toBe(one));
  await waitFor(() => expect(document.title).toMatch(/^VPN drops · /));

  act(() => go(paths.support));
  await heading("Request support");
  await userEvent.click(screen.getByRole("button", { name: "Create a ticket" }));
  const summary = await screen.findByRole("textbox", { name: "What is it about?" });
  await waitFor(() => expect(document.activeElement).toBe(summary));
});
