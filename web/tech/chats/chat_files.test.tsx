import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { AVA, MIA } from "../../wire/testing/fake_server";
import { FakeUpload } from "../../wire/testing/fake_upload";
import { inChat, server, withTech } from "../testing/page";

withTech();

beforeEach(() => {
  FakeUpload.all = [];
  server.maxFileBytes = 1024;
  vi.stubGlobal("XMLHttpRequest", FakeUpload);
});
afterEach(() => void vi.unstubAllGlobals());

const image = (name = "image.png") => new File(["png"], name, { type: "image/png" });
const paste = (box: HTMLElement, file = image()) => fireEvent.paste(box, { clipboardData: { files: [file], types: ["Files"] } });
const uploaded = (id: string, at = 0) => FakeUpload.all.at(at)!.answer(200, { file: { id, name: `${id}.png`, contentType: "image/png", size: 3 } });
const posts = () => server.received.flatMap((frame) => (frame.t === "post" ? [frame] : []));

test("without a server that takes files, none can be attached", async () => {
  // spec 13.5
  server.maxFileBytes = 0;
  const chat = await inChat();
  await within(chat.getByRole("log", { name: "Messages" })).findByText("Printer is on fire");
  paste(chat.getByRole("textbox", { name: "Message" }));
  expect(chat.queryByRole("button", { name: "Attach files" })).toBeNull();
  expect(FakeUpload.all).toEqual([]);
});

test("a message waits for its files and goes with them, without a text too", async () => {
  // spec 13.5
  const chat = await inChat();
  await chat.findByRole("button", { name: "Attach files" });
  const box = chat.getByRole("textbox", { name: "Message" });
  paste(box);
  const files = within(await chat.findByRole("list", { name: "Files of this message" }));
  expect(FakeUpload.all[0]!.url).toContain("/tech/api/chats/s1/files?");
  expect(files.getByRole("progressbar", { name: "Upload of image.png" })).toBeTruthy();
  await userEvent.click(chat.getByRole("button", { name: "Send" }));
  expect(await chat.findByText("Sends when the files are uploaded")).toBeTruthy();
  expect(posts()).toEqual([]);
  uploaded("f1");
  await waitFor(() => expect(posts()).toMatchObject([{ text: "", fileIds: ["f1"] }]));
  expect(chat.queryByRole("list", { name: "Files of this message" })).toBeNull();
});

test("a message does not go without a file that failed, and goes when it is removed", async () => {
  // spec 13.5
  const chat = await inChat();
  await chat.findByRole("button", { name: "Attach files" });
  const box = chat.getByRole("textbox", { name: "Message" });
  paste(box);
  await userEvent.type(box, "Look");
  FakeUpload.all[0]!.answer(400, { error: { kind: "invalid_argument", code: "wrong_size", field: "data" } });
  await chat.findByRole("button", { name: "Retry image.png" });
  await userEvent.type(box, "{Enter}");
  expect(await chat.findByText("Some files are not uploaded. Try them again or remove them.")).toBeTruthy();
  expect(posts()).toEqual([]);
  await userEvent.click(chat.getByRole("button", { name: "Remove image.png" }));
  await userEvent.type(box, "{Enter}");
  await waitFor(() => expect(posts()).toMatchObject([{ text: "Look" }]));
  expect(posts()[0]).not.toHaveProperty("fileIds");
});

test("dropped files are attached, and an internal note takes none", async () => {
  // spec 13.3, 13.5
  const chat = await inChat();
  await chat.findByRole("button", { name: "Attach files" });
  const region = screen.getByRole("region", { name: "Chat: Printer is on fire" });
  const dataTransfer = { types: ["Files"], files: [image("a.png")] };
  fireEvent.dragEnter(region, { dataTransfer });
  await waitFor(() => expect(region.classList.contains("file-drop--over")).toBe(true));
  fireEvent.drop(region, { dataTransfer });
  await chat.findByText("a.png");
  await userEvent.click(chat.getByRole("radio", { name: "Internal note" }));
  expect(chat.getByRole("button", { name: "Attach files" }).getAttribute("aria-disabled")).toBe("true");
  fireEvent.drop(region, { dataTransfer: { ...dataTransfer, files: [image("b.png")] } });
  expect(await screen.findByText("Internal notes take no files")).toBeTruthy();
  expect(FakeUpload.all).toHaveLength(1);
  await userEvent.click(chat.getByRole("radio", { name: "Message" }));
  expect(chat.getByText("a.png")).toBeTruthy();
});

test("received images have a preview, other files a download, and an erased person's messages no files", async () => {
  // spec 10.6, 13.5
  const chat = await inChat();
  const files = [{ id: "f1", name: "fire.png", contentType: "image/png", size: 3 }, { id: "f2", name: "log.zip", contentType: "application/zip", size: 2048 }];
  server.commit("s1", MIA, "m1", { messagePosted: { messageId: "m1", text: "", files } });
  const link = await chat.findByRole("link", { name: "log.zip" });
  expect([link.getAttribute("href"), link.getAttribute("download")]).toEqual(["/tech/api/chats/s1/files/f2", "log.zip"]);
  await userEvent.click(chat.getByRole("button", { name: "Preview fire.png" }));
  expect(within(await screen.findByRole("dialog", { name: "fire.png" })).getByRole("img").getAttribute("src")).toBe("/tech/api/chats/s1/files/f1");
  server.commit("s1", AVA, "e1", { personErased: { personId: "mia" } });
  await waitFor(() => expect(chat.queryByRole("link", { name: "log.zip" })).toBeNull());
});

test("a message whose files the server has no more goes back into the box, with the names to attach again", async () => {
  // spec 13.5
  const chat = await inChat();
  await chat.findByRole("button", { name: "Attach files" });
  const box = chat.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
  paste(box);
  await userEvent.type(box, "Look");
  uploaded("f1");
  await chat.findByText("3 B");
  server.refusals = [{ kind: "not_found", code: "file_not_found", field: "file_ids", message: "A file is no longer stored." }];
  await userEvent.type(box, "{Enter}");
  await userEvent.click(await chat.findByRole("button", { name: "Retry" }));
  expect(box.value).toBe("Look");
  expect(await chat.findByText("Not sent. Attach again: f1.png")).toBeTruthy();
  await userEvent.click(chat.getByRole("button", { name: "Forget these files" }));
  expect(chat.queryByText("Not sent. Attach again: f1.png")).toBeNull();
});
