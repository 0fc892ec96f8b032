import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { FakeUpload } from "../../wire/testing/fake_upload";
import { chat, portal, reloaded, server, withPortal } from "../testing/portal";

withPortal();

const TITLE = "Printer is on fire";

beforeEach(() => {
  FakeUpload.all = [];
  vi.stubGlobal("XMLHttpRequest", FakeUpload);
  server.maxFileBytes = 1024;
  server.open("s1");
});
afterEach(() => void vi.unstubAllGlobals());

test("a customer sends a file with a text, and is told after a reload which files to attach again", async () => {
  // spec 7.9, 13.5
  portal();
  const window = within(await chat(TITLE));
  await window.findByRole("button", { name: "Attach files" });
  const box = window.getByRole("textbox", { name: "Message" });
  const paste = (name: string) => fireEvent.paste(box, { clipboardData: { files: [new File(["png"], name, { type: "image/png" })], types: ["Files"] } });
  paste("fire.png");
  FakeUpload.all[0]!.answer(200, { file: { id: "f1", name: "fire.png", contentType: "image/png", size: 3 } });
  await window.findByText("3 B");
  await userEvent.type(box, "Look{Enter}");
  await waitFor(() => expect(server.received.filter((frame) => frame.t === "post")).toMatchObject([{ text: "Look", fileIds: ["f1"] }]));
  paste("smoke.png");
  await window.findByRole("progressbar", { name: "Upload of smoke.png" });

  expect(Object.values(localStorage).join()).not.toContain("smoke.png"); // another tab would take them for lost
  reloaded();
  const after = within(await chat(TITLE));
  expect(await after.findByText("Not sent. Attach again: smoke.png")).toBeTruthy();
  await userEvent.click(after.getByRole("button", { name: "Forget these files" }));
  expect(screen.queryByText("Not sent. Attach again: smoke.png")).toBeNull();
});
