// The texts of notifications that the browser shows. The service worker has them too, and it loads no catalogue.
import type { Language } from "./language.ts";

/** `neutral`: of somebody who is not signed in here. `test`: of a test notification, in place of the server's. */
export type ShownTexts = { neutral: string; join: string; dismiss: string; open: string; test: { title: string; body: string } };

export const SHOWN_TEXTS: Record<Language, ShownTexts> = {
  en: {
    neutral: "New activity in Parley",
    join: "Join",
    dismiss: "Dismiss",
    open: "Open",
    test: { title: "Test notification", body: "Parley can reach you here." },
  },
  de: {
    neutral: "Neues in Parley",
    join: "Beitreten",
    dismiss: "Ausblenden",
    open: "Öffnen",
    test: { title: "Testbenachrichtigung", body: "Parley kann Sie hier erreichen." },
  },
};
