import type { replyTexts } from "../../tech/replies/reply_texts.ts";
import type { Translated } from "../catalogue.ts";

export const replies: Translated<typeof replyTexts> = {
  title: "Textbausteine",
  lead: "Mit / fügen Sie im Chat einen ein. Ihre eigenen sehen nur Sie, die des Helpdesks alle.",
  yours: "Ihre",
  desks: "Für den ganzen Helpdesk",
  yoursNone: "Sie haben noch keine Textbausteine.",
  desksNone: "Der Helpdesk hat noch keine Textbausteine.",
  loading: "Textbausteine werden geladen",
  failed: "Die Textbausteine konnten nicht geladen werden",
  always: "jederzeit",
  add: "Textbaustein hinzufügen",
  addOf: (list) => `Textbaustein hinzufügen: ${list}`,
  edit: (title) => `${title} bearbeiten`,
  remove: (title) => `${title} löschen`,
  changeFailed: "Der Textbaustein konnte nicht geändert werden. Versuchen Sie es erneut.",
  removal: { title: "Diesen Textbaustein löschen?", text: (title) => `„${title}“ wird endgültig gelöscht.`, cancel: "Abbrechen", confirm: "Textbaustein löschen" },
  form: {
    addTitle: "Neuer Textbaustein",
    editTitle: "Textbaustein bearbeiten",
    name: "Titel",
    nameHint: "Darüber finden Sie den Textbaustein, zum Beispiel mit /hallo",
    nameMissing: "Geben Sie dem Textbaustein einen Titel.",
    text: "Text",
    textHint: "{customer}, {ticket}, {engineer} und {hours} werden ausgefüllt. Andere Wörter in geschweiften Klammern, etwa {date}, erreichen Sie mit der Tabulatortaste.",
    textMissing: "Schreiben Sie den Text des Textbausteins.",
    cancel: "Abbrechen",
    save: "Textbaustein speichern",
    failed: "Der Textbaustein konnte nicht gespeichert werden. Versuchen Sie es erneut.",
  },
};
