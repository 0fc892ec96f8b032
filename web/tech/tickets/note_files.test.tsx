import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { FakeUpload } from "../../wire/testing/fake_upload";
import { go } from "../router";
import { TICKET, ready, server, tech, withTech } from "../testing/page";

withTech();

const MB = 1024 * 1024;
let notes: Record<string, unknown>[] = [];

beforeEach(() => {
  notes = [];
  FakeUpload.all = [];
  vi.stubGlobal("XMLHttpRequest", FakeUpload);
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: TICKET, timeline: [], maxAttachmentBytes: MB } }));
  server.routes.set("POST /tickets/t7/notes", (body) => (notes.push(body), { status: 200, body: { entry: { id: "e1" } } }));
});
afterEach(() => void vi.unstubAllGlobals());

async function onTicket(): Promise<{ box: HTMLElement; files: () => ReturnType<typeof within> }> {
  go({ page: "ticket", id: "t7" });
  tech();
  await ready();
  const box = await screen.findByRole("textbox", { name: "Note" });
  return { box, files: () => within(screen.getByRole("list", { name: "Files of this note" })) };
}

const image = (name = "image.png", content = "png") => new File([content], name, { type: "image/png" });
const answered = (id: string) => FakeUpload.all.at(-1)!.answer(200, { attachment: { id } });
const clipboard = (files: File[], types: string[]) => ({ clipboardData: { files, types } });

test("a pasted image is uploaded and sent alone, and a pasted text with a picture of it stays a text", async () => {
  // spec 9.2, 9.3
  const { box, files } = await onTicket();
  fireEvent.paste(box, clipboard([image()], ["text/plain", "Files"]));
  expect(FakeUpload.all).toEqual([]);
  fireEvent.paste(box, clipboard([image()], ["Files"]));
  FakeUpload.all[0]!.upload.onprogress?.({ loaded: 2 });
  expect((await files().findByRole("progressbar", { name: "Upload of image.png" })).getAttribute("value")).toBe("2");

  const add = screen.getByRole("button", { name: "Add note" });
  await userEvent.click(add); // waits for the file
  expect(notes).toEqual([]);
  answered("f1");
  await waitFor(() => expect(notes).toMatchObject([{ text: "", internal: true, attachmentIds: ["f1"] }]));
  await waitFor(() => expect(screen.queryByRole("list", { name: "Files of this note" })).toBeNull());
});

test("a file that is dropped beside the note does not open in the browser", async () => {
  // spec 9.3
  const { box } = await onTicket();
  const dataTransfer = { types: ["Files"], files: [image()], dropEffect: "copy" };
  const beside = screen.getByRole("complementary", { name: "Sessions" });
  await waitFor(() => expect(fireEvent.dragOver(beside, { dataTransfer })).toBe(false));
  expect(fireEvent.drop(beside, { dataTransfer })).toBe(false);
  expect(dataTransfer.dropEffect).toBe("none");
  expect(FakeUpload.all).toEqual([]);
  expect(fireEvent.drop(beside, { dataTransfer: { types: ["text/plain"], files: [] } })).toBe(true);
  dataTransfer.dropEffect = "copy";
  fireEvent.dragOver(box, { dataTransfer });
  expect(dataTransfer.dropEffect).toBe("copy");
});

test("dropped files can be removed and tried again, and a note does not go without one that failed", async () => {
  // spec 9.3
  const { box, files } = await onTicket();
  const form = box.closest("form")!;
  const dataTransfer = { types: ["Files"], files: [image("a.png"), image("b.png"), image("empty.png", ""), image("big.png", "x".repeat(MB + 1))] };
  fireEvent.dragEnter(form, { dataTransfer });
  expect(form.classList.contains("file-drop--over")).toBe(true);
  fireEvent.drop(form, { dataTransfer });
  expect(form.classList.contains("file-drop--over")).toBe(false);
  expect((await files().findByText("Larger than 1 MB")).getAttribute("role")).toBe("alert");
  expect(files().getByText("This file is empty")).toBeTruthy();
  expect(files().queryByRole("button", { name: "Retry big.png" })).toBeNull();
  for (const name of ["big.png", "b.png"]) await userEvent.click(files().getByRole("button", { name: `Remove ${name}` }));
  expect(FakeUpload.all[1]!.aborted).toBe(true);

  FakeUpload.all[0]!.answer(400, { error: { kind: "invalid_argument", code: "bad_value", field: "name", message: "A file name has 1 to 1000 characters." } });
  FakeUpload.all[2]!.answer(200, { attachment: { id: "f3" } });
  await userEvent.click(screen.getByRole("button", { name: "Add note" }));
  const unfinished = "Some files are not uploaded. Try them again or remove them.";
  expect((await screen.findByText(unfinished)).closest("form")).toBe(form);
  await userEvent.click(files().getByRole("button", { name: "Retry a.png" }));
  expect(screen.queryByText(unfinished)).toBeNull();
  answered("f1");
  await userEvent.click(screen.getByRole("button", { name: "Add note" }));
  await waitFor(() => expect(notes).toMatchObject([{ attachmentIds: ["f1", "f3"] }]));
});

test("the button says that a public note goes to the customer", async () => {
  // spec 9.2
  await onTicket();
  expect(screen.queryByRole("button", { name: "Send reply" })).toBeNull();
  await userEvent.click(screen.getByRole("radio", { name: "Public reply" }));
  expect(screen.getByRole("button", { name: "Send reply" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Add note" })).toBeNull();
});

test("a note that is sent again with other files is another command", async () => {
  // spec 3.8
  const { box, files } = await onTicket();
  let status = 503;
  server.routes.set("POST /tickets/t7/notes", (body) => (notes.push(body), { status, body: status === 200 ? {} : { error: { kind: "internal" } } }));
  const add = () => userEvent.click(screen.getByRole("button", { name: "Add note" }));
  await userEvent.type(box, "Look");
  await add();
  await add();
  fireEvent.paste(box, clipboard([image()], ["Files"]));
  await files().findByRole("progressbar");
  answered("f1");
  await files().findByText("3 B");
  status = 200;
  await add();
  await waitFor(() => expect(notes).toHaveLength(3));
  const [first, second, third] = notes.map(({ commandId }) => commandId);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});

test("chosen files stay while another page is shown, and leaving the app asks first", async () => {
  // spec 7.9
  // Only this test's page is asked: earlier pages of the same window may have files too.
  const added = vi.spyOn(globalThis, "addEventListener");
  const leaving = () => {
    const event = new Event("beforeunload", { cancelable: true });
    for (const [type, listener] of added.mock.calls) if (type === "beforeunload") (listener as EventListener)(event);
    return event.defaultPrevented;
  };
  const { box, files } = await onTicket();
  expect(leaving()).toBe(false);
  fireEvent.paste(box, clipboard([image()], ["Files"]));
  await files().findByRole("progressbar");
  go({ page: "tickets" });
  await waitFor(() => expect(box.isConnected).toBe(false));
  expect(leaving()).toBe(true);

  answered("f1");
  go({ page: "ticket", id: "t7" });
  await userEvent.click(await screen.findByRole("button", { name: "Add note" }));
  await waitFor(() => expect(notes).toMatchObject([{ attachmentIds: ["f1"] }]));
  await waitFor(() => expect(leaving()).toBe(false));
  added.mockRestore();
});

test("signing out asks first if files wait", async () => {
  // spec 7.9
  const signOuts = () => server.calls.filter((call) => call === "POST /sign-out").length;
  const asked = vi.spyOn(globalThis, "confirm").mockReturnValueOnce(false).mockReturnValue(true);
  const choose = async () => {
    await userEvent.click(screen.getByRole("button", { name: /^Your presence/ }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Sign out" }));
  };
  const { box, files } = await onTicket();
  fireEvent.paste(box, clipboard([image()], ["Files"]));
  await files().findByRole("progressbar");
  await choose();
  expect([asked.mock.calls, signOuts()]).toEqual([[["Some files are not sent yet. Sign out without them?"]], 0]);
  expect(files().getByRole("progressbar")).toBeTruthy();
  await choose();
  await waitFor(() => expect(signOuts()).toBe(1));
  asked.mockRestore();
});
