import { render, screen } from "@testing-library/preact";
import { expect, test } from "vitest";

import { cannotLoad } from "../testing/lazy";
import { ATTACHMENTS, MessageFiles } from "./message_files";

const FILES = [{ id: "f1", name: "fire.png", contentType: "image/png", size: 3, url: "/tech/api/chats/s1/files/f1" }];

test("files can be downloaded even if the part that shows them cannot be loaded", async () => {
  // spec 13.5
  cannotLoad(ATTACHMENTS);
  render(<MessageFiles files={FILES} sent />);
  await new Promise((done) => setTimeout(done));
  const link = screen.getByRole("link", { name: "fire.png" });
  expect([link.getAttribute("href"), link.getAttribute("download")]).toEqual(["/tech/api/chats/s1/files/f1", "fire.png"]);
});

test("files of a message that is not sent yet have only their names", () => {
  // spec 13.5
  render(<MessageFiles files={FILES} sent={false} />);
  expect(screen.getByText("fire.png")).toBeTruthy();
  expect(screen.queryByRole("link")).toBeNull();
});
