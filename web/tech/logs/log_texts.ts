import { inLanguage } from "../../languages/catalogue.ts";

export const logTexts = inLanguage("logs", {
  heading: "Check a chat log",
  about: {
    title: "Chat log",
    lead: "Choose a file chat_log_….txt, for example one that a customer sent. Parley says whether it is exactly what was said. The file stays in this browser.",
  },
  choose: "Choose a file",
  drop: "or drop it here",
  checking: "Checking the file",
  result: "Result",
  genuine: "Genuine. This file is exactly what was said.",
  different: "Different. Parley did not write this file: its text was changed, or it was written by a version that stored no proof.",
  broken: "The stored chat was changed after this file was written. Tell your operator.",
  noLog: "This file is not a chat log.",
  notFound: "You have no access to the chat of this file, or there is no such chat.",
  tooLarge: "This file is larger than 100 MB.",
  unreadable: "This file could not be read.",
  failed: "The file could not be checked. Try again.",
  facts: { file: "File", entries: "Entries in the file", since: "Entries since then", hash: "Hash of the last entry", sha256: "SHA-256 of the file" },
  open: "Open the chat",
});
