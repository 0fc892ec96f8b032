import type { fileTexts } from "../../ui/files/texts.ts";
import type { Translated } from "../catalogue.ts";
import { number } from "../format.ts";

export const files: Translated<typeof fileTexts> = {
  attach: "Dateien anhängen",
  drop: "Dateien hier ablegen",
  list: "Dateien dieser Notiz",
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
