import { inLanguage } from "../../languages/catalogue.ts";

/** The texts of canned replies. */
export const replyTexts = inLanguage("replies", {
  title: "Canned replies",
  lead: "Type / in a chat to insert one. Yours are only for you; everyone has the desk's.",
  yours: "Yours",
  desks: "The desk's",
  yoursNone: "You have no canned replies yet.",
  desksNone: "The desk has no canned replies yet.",
  loading: "Loading canned replies",
  failed: "The canned replies could not be loaded",
  always: "at any time",
  add: "Add a reply",
  addOf: (list: string) => `Add a reply: ${list}`,
  edit: (title: string) => `Edit ${title}`,
  remove: (title: string) => `Delete ${title}`,
  changeFailed: "The reply could not be changed. Try again.",
  removal: { title: "Delete this reply?", text: (title: string) => `"${title}" is removed for good.`, cancel: "Cancel", confirm: "Delete reply" },
  form: {
    addTitle: "New reply",
    editTitle: "Edit reply",
    name: "Title",
    nameHint: "You find the reply by it, as in /hello",
    nameMissing: "Give the reply a title.",
    text: "Text",
    textHint: "{customer}, {ticket}, {engineer} and {hours} are filled in. Other words in braces, such as {date}, are reached with Tab.",
    textMissing: "Write the text of the reply.",
    cancel: "Cancel",
    save: "Save reply",
    failed: "The reply could not be saved. Try again.",
  },
});
