import { effect } from "@preact/signals";

import { keepLanguage, type Language, LANGUAGE_NAMES, LANGUAGES, language, languageOf } from "../../languages/language.ts";
import type { Notify } from "../../wire/index.ts";
import { toast } from "../feedback/toast";
import type { MenuEntry } from "../menu/menu";
import { uiTexts } from "../texts";

/** The menu entries for the choice. */
export function languageEntries(choose: (next: Language) => void): MenuEntry[] {
  return [
    { kind: "heading", label: uiTexts.language.heading },
    ...LANGUAGES.map((name): MenuEntry => ({ kind: "radio", label: LANGUAGE_NAMES[name], checked: language === name, onSelect: () => choose(name) })),
  ];
}

/** For somebody who is not signed in: the choice is this browser's, until they sign in and have one of their own. */
export function chooseInBrowser(next: Language, reload = () => location.reload()): void {
  if (next !== language && keepLanguage(next)) reload();
}

/** For the person who is signed in: all their browsers show it. */
export function choosePersonsLanguage(notify: Pick<Notify, "chooseLanguage">, next: Language): void {
  notify.chooseLanguage(next).catch(() => toast(uiTexts.language.notSaved, { tone: "danger" }));
}

/** Shows the language that the person has chosen, here or elsewhere: the page is loaded again. What was typed is kept (spec 7.9). */
export function followLanguage({ preferences }: Pick<Notify, "preferences">, reload = () => location.reload()): () => void {
  return effect(() => {
    const chosen = languageOf(preferences.value.language);
    if (chosen && chosen !== language && keepLanguage(chosen)) reload();
  });
}
