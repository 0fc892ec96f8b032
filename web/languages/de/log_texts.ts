import type { logTexts } from "../../tech/logs/log_texts.ts";
import type { Translated } from "../catalogue.ts";

export const logs: Translated<typeof logTexts> = {
  heading: "Chatprotokoll prüfen",
  about: {
    title: "Chatprotokoll",
    lead: "Wählen Sie eine Datei chat_log_….txt, etwa eine, die ein Kunde geschickt hat. Parley prüft, ob sie genau dem Chat entspricht. Die Datei bleibt in diesem Browser.",
  },
  choose: "Datei auswählen",
  drop: "oder hier ablegen",
  checking: "Datei wird geprüft",
  result: "Ergebnis",
  genuine: "Echt. Diese Datei entspricht genau dem Chat.",
  different: "Abweichend. Diese Datei stammt so nicht von Parley: Ihr Text wurde geändert, oder eine Version ohne gespeicherten Nachweis hat sie geschrieben.",
  broken: "Der gespeicherte Chat wurde geändert, nachdem diese Datei geschrieben wurde. Informieren Sie Ihren Betreiber.",
  noLog: "Diese Datei ist kein Chatprotokoll.",
  notFound: "Sie haben keinen Zugriff auf den Chat dieser Datei, oder es gibt ihn nicht.",
  tooLarge: "Diese Datei ist größer als 100 MB.",
  unreadable: "Diese Datei konnte nicht gelesen werden.",
  failed: "Die Datei konnte nicht geprüft werden. Versuchen Sie es erneut.",
  facts: { file: "Datei", entries: "Einträge in der Datei", since: "Einträge seitdem", hash: "Hash des letzten Eintrags", sha256: "SHA-256 der Datei" },
  open: "Chat öffnen",
};
