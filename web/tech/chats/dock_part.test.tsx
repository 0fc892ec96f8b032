import { screen } from "@testing-library/preact";
import { expect, test, vi } from "vitest";

import { cannotLoad } from "../../ui/testing/lazy";
import { AVA } from "../../wire/testing/fake_server";
import { joined, server, tech, withTech } from "../testing/page";
import { CHAT } from "./dock";
import { ChatWindows } from "./windows";

withTech();

test("a chat whose window cannot be loaded is not in view, so it still alerts", async () => {
  // spec 5.4
  cannotLoad(CHAT);
  const drawn = vi.spyOn(ChatWindows.prototype, "drawn");
  server.open("s1");
  joined("s1", AVA);
  tech();
  await screen.findByText("This part could not be loaded");
  expect(drawn).toHaveBeenCalled();
  expect(drawn.mock.calls.flat(2)).toEqual([]);
});
