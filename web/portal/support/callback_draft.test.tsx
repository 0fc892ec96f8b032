import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { box, button, portal, reloaded, server, withPortal } from "../testing/portal";

withPortal();

const form = async () => within(await screen.findByRole("dialog", { name: "Call me back" }));
const value = async (name: string) => ((await form()).getByRole("textbox", { name }) as HTMLInputElement).value;

test("an unsent call-back form is kept across Cancel and a reload, and is cleared once it is sent", async () => {  // spec 4.10, 7.9
  const asked: Record<string, unknown>[] = [];
  server.routes.set("POST /callbacks", (body) => {
    asked.push(body);
    return { status: 200, body: { opened: true, session: { card: { sessionId: "c1" }, entries: [] } } };
  });
  portal();
  await userEvent.type(await box(), "Beamer");
  await userEvent.click(await button("Call me back"));
  await userEvent.type((await form()).getByRole("textbox", { name: "Phone number" }), "+6491234567");
  await userEvent.type((await form()).getByRole("textbox", { name: "Note (optional)" }), "after lunch");
  await userEvent.click((await form()).getByRole("button", { name: "Cancel" }));

  reloaded();
  expect(await box()).toHaveProperty("value", "Beamer");
  await userEvent.click(await button("Call me back"));
  expect(await value("Phone number")).toBe("+6491234567");
  expect(await value("Note (optional)")).toBe("after lunch");
  await userEvent.click((await form()).getByRole("button", { name: "Request call back" }));
  await waitFor(() => expect(asked).toHaveLength(1));
  expect(asked[0]).toMatchObject({ text: "Beamer", wish: { phone: "+6491234567", note: "after lunch" } });

  await userEvent.click(await button("Call me back"));
  expect(await value("Note (optional)")).toBe("");
});
