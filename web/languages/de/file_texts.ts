import type { fileTexts } from "../../ui/files/texts.ts";
import type { Translated } from "../catalogue.ts";
import { number } from "../format.ts";

export const files: Translated<typeof fileTexts> = {
  attach: "Dateien anhängen",
  drop: "Dateien hier ablegen",
  list: "Dateien dieser Notiz",
  chatList: "Dateien dieser Nachricht",
  remove: (name) => `${name} entfernen`,
  retry: (name) => `${name} erneut hochladen`,
  progress: (name) => `${name} wird hochgeladen`,
  waiting: "Wartet",
  percent: (percent) => `${percent} %`,
  empty: "Diese Datei ist leer",
  failed: "Nicht hochgeladen",
  tooLarge: (most) => `Größer als ${most}`,
  expired: "Zu lange gewartet. Laden Sie die Datei erneut hoch",
  tooMany: (most) => `Eine Notiz kann höchstens ${most} Dateien haben.`,
  tooManyInChat: (most) => `Eine Nachricht kann höchstens ${most} Dateien haben.`,
  notInNotes: "Interne Notizen können keine Dateien haben",
  sendsLater: "Wird gesendet, sobald die Dateien hochgeladen sind",
  lost: (names) => `Nicht gesendet. Hängen Sie erneut an: ${names}`,
  dismissLost: "Diese Dateien verwerfen",
  sent: (names) => `${names} gesendet`,
  unfinished: "Einige Dateien sind nicht hochgeladen. Versuchen Sie es erneut oder entfernen Sie sie.",
  size: (bytes) => {
    if (bytes < 1024) return `${bytes} B`;
    return bytes < 1024 * 1024 ? `${number(bytes / 1024)} KB` : `${number(bytes / 1024 / 1024, 1)} MB`;
  },
  preview: (name) => `Vorschau von ${name}`,
  download: "Herunterladen",
  previewFailed: "Diese Datei kann nicht angezeigt werden. Laden Sie sie stattdessen herunter.",
  loading: "Vorschau wird geladen",
  previous: "Vorherige Seite",
  next: "Nächste Seite",
  page: (page, pages) => `Seite ${page} von ${pages}`,
};
