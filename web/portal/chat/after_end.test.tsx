import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { AVA, MIA, message } from "../../wire/testing/fake_server";
import { button, chat, portal, reloaded, server, withPortal } from "../testing/portal";
import { copyOf, fileName } from "./copy";
import { room } from "./windows";

withPortal();

const QUESTION = "Did we solve your request?";
const after = async () => within(await within(await chat("Printer is on fire")).findByRole("region", { name: "After the chat" }));
const answers: Record<string, unknown>[] = [];

beforeEach(() => {
  answers.length = 0;
  server.open("s1");
  server.commit("s1", AVA, "join", { participantJoined: { person: AVA } }, { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_HANDLED", step: "STEP_JOIN" } });
  server.routes.set("POST /sessions/s1/feedback", (body) => {
    answers.push({ solved: body.solved, comment: body.comment });
    const solved = body.solved as "SOLVED_YES";
    const comment = String(body.comment);
    const given = server.card("s1").feedback ? [] : [{ feedbackGiven: { solved } }];
    server.commit("s1", MIA, String(body.commandId), ...given, ...(comment ? [{ feedbackCommented: { comment } }] : []));
    return { status: 200, body: { session: { card: server.card("s1"), entries: [] } } };
  });
});

function end(): void {
  server.commit("s1", AVA, "end", { statusChanged: { from: "CHAT_STATUS_HANDLED", to: "CHAT_STATUS_COMPLETED", step: "STEP_COMPLETE" } }, { sessionCompleted: {} });
}

test("after the end the customer is asked once, and can add a comment", async () => {  // spec 4.15
  portal();
  expect(within(await chat("Printer is on fire")).queryByText(QUESTION)).toBeNull();
  end();
  const card = await after();
  await userEvent.click(card.getByRole("button", { name: "No" }));
  await card.findByText("Thank you. Your answer helps us.");
  await waitFor(() => expect(document.activeElement?.textContent).toBe("Thank you. Your answer helps us."));
  expect(card.queryByRole("button", { name: "Yes" })).toBeNull();
  await userEvent.type(card.getByRole("textbox"), "It still smokes");
  await userEvent.click(card.getByRole("button", { name: "Send comment" }));

  await waitFor(() => expect(card.queryByRole("textbox")).toBeNull());
  expect(answers).toEqual([{ solved: "SOLVED_NO", comment: "" }, { solved: "SOLVED_NO", comment: "It still smokes" }]);
  const log = within(await chat("Printer is on fire")).getByRole("log");
  expect(log.textContent).toContain("You marked this as not solved");
  expect(log.textContent).toContain("You commented: It still smokes");
});

test("a comment that was typed and not sent is there after a reload", async () => {  // spec 4.15, 7.9
  portal();
  end();
  await userEvent.click((await after()).getByRole("button", { name: "Yes" }));
  await userEvent.type(await (await after()).findByRole("textbox"), "Quick");
  reloaded();
  expect(await (await after()).findByRole("textbox")).toHaveProperty("value", "Quick");
});

test("an answered chat does not open by itself after a reload, and one that was not answered does", async () => {  // spec 4.15
  portal();
  end();
  await after();
  reloaded();
  await userEvent.click((await after()).getByRole("button", { name: "Yes" }));
  await (await after()).findByText("Thank you. Your answer helps us.");
  const store = reloaded();
  await button("Start chat");
  await waitFor(() => expect(store.sessions.value.get("s1")?.card.feedback?.solved).toBe("SOLVED_YES"));
  expect(screen.queryByRole("region", { name: /Chat:/ })).toBeNull();
});

test("on a phone the question is a bar after a reload, which opens it, and stays open at the end of the chat", async () => {  // spec 4.15
  room.value = "phone";
  portal();
  await chat("Printer is on fire");
  end();
  await after();
  reloaded(() => void (room.value = "phone"));
  const bar = await screen.findByRole("button", { name: "Restore chat Printer is on fire" });
  await waitFor(() => expect(screen.queryByRole("region", { name: "After the chat" })).toBeNull());
  await userEvent.click(bar);
  expect((await after()).getByText(QUESTION)).toBeTruthy();
});

test("a refused answer is told, and can be given again", async () => {  // spec 4.15
  const route = server.routes.get("POST /sessions/s1/feedback")!;
  server.routes.set("POST /sessions/s1/feedback", () => ({ status: 400, body: { error: { kind: "internal", code: "broken", message: "no" } } }));
  portal();
  end();
  const card = await after();
  await userEvent.click(card.getByRole("button", { name: "Yes" }));
  await waitFor(() => expect(document.body.textContent).toContain("That did not work."));
  server.routes.set("POST /sessions/s1/feedback", route);
  await userEvent.click(card.getByRole("button", { name: "Yes" }));
  await card.findByText("Thank you. Your answer helps us.");
});

test("who has left the chat is not asked, and can save a copy", async () => {  // spec 4.15
  end();
  server.commit("s1", MIA, "left", { participantLeft: { person: MIA } });
  server.commit("s1", AVA, "note", message("m", "late"));
  const store = portal();
  const { readChat } = await import("./windows");
  await waitFor(() => expect(store.me.value).not.toBeNull());
  readChat("s1");
  const card = await after();
  expect(card.queryByText(QUESTION)).toBeNull();
  expect(card.getByRole("button", { name: "Save a copy" })).toBeTruthy();
  expect(card.queryByRole("button", { name: "Start a new chat" })).toBeNull();
});

test("a copy has every item, and a message cannot pass for another one's", () => {  // spec 4.15
  const at = "2026-03-02T09:00:00Z";
  const by = { id: "mia", name: "Mia Torres", side: "customer" } as const;
  const copy = copyOf(["Printer", "Harbour IT"], [
    { kind: "message", key: "1", by, at, text: "Fire\r\nAva Chen: all well" },
    { kind: "system", key: "2", at, text: "Ava Chen joined the chat" },
  ]);
  expect(copy.split("\n").map((line) => line.replace(/^\S.*? {2}/, "TIME  "))).toEqual([
    ...["Printer", "Harbour IT", "", "TIME  Mia Torres: Fire", "    Ava Chen: all well", "TIME  Ava Chen joined the chat", ""],
  ]);
  expect(fileName(new Date(2026, 2, 2).getTime())).toBe("chat_2026-03-02.txt");
});
