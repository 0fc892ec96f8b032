import { inLanguage } from "../../languages/catalogue.ts";

/** The texts of files that people attach. */
export const fileTexts = inLanguage("files", {
  attach: "Attach files",
  drop: "Drop the files here",
  list: "Files of this note",
  chatList: "Files of this message",
  remove: (name: string) => `Remove ${name}`,
  retry: (name: string) => `Retry ${name}`,
  progress: (name: string) => `Upload of ${name}`,
  waiting: "Waiting",
  percent: (percent: number) => `${percent} %`,
  empty: "This file is empty",
  failed: "Not uploaded",
  tooLarge: (most: string) => `Larger than ${most}`,
  expired: "It waited too long. Upload it again",
  tooMany: (most: number) => `A note has at most ${most} files.`,
  tooManyInChat: (most: number) => `A message has at most ${most} files.`,
  notInNotes: "Internal notes take no files",
  sendsLater: "Sends when the files are uploaded",
  lost: (names: string) => `Not sent. Attach again: ${names}`,
  dismissLost: "Forget these files",
  sent: (names: string) => `Sent ${names}`,
  unfinished: "Some files are not uploaded. Try them again or remove them.",
  size: (bytes: number) => {
    if (bytes < 1024) return `${bytes} B`;
    return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1).replace(".0", "")} MB`;
  },
  preview: (name: string) => `Preview ${name}`,
  download: "Download",
  previewFailed: "This file cannot be shown. Download it instead.",
  loading: "Loading the preview",
  previous: "Previous page",
  next: "Next page",
  page: (page: number, pages: number) => `Page ${page} of ${pages}`,
});
