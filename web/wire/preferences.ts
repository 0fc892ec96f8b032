// What the person wants of notifications (spec 5.12), and their language (spec 13.6). The server decides by them; the page needs the sounds and
// the volume at once.
import { signal, type ReadonlySignal } from "@preact/signals";

import { isRecord } from "./text.ts";
import type { PersonStorage } from "./person_storage.ts";
import type { SavedPreferences } from "./proto.ts";
import type { Rest } from "./rest.ts";

export type Preferences = {
  sound: boolean;
  volume: number; // 0 to 100
  chatSound: string;
  messageSound: string;
  browserNotifications: boolean;
  pushWhenAway: boolean;
  language: string; // empty if the person never chose one
};

/** Until the saved ones are known. No Web Push: it needs a choice of the person. */
export const DEFAULTS: Preferences = { sound: true, volume: 70, chatSound: "chime", messageSound: "pulse", browserNotifications: true, pushWhenAway: false, language: "" };

const KEY = "preferences";

export class PreferencesOfPerson {
  readonly current: ReadonlySignal<Preferences>;
  #current = signal(DEFAULTS);
  #rest: Rest;
  #kept: PersonStorage | null = null;
  #saving: Promise<unknown> = Promise.resolve();

  constructor(rest: Rest) {
    this.#rest = rest;
    this.current = this.#current;
  }

  /** Takes the ones that the browser kept, which a page needs before the server has answered. */
  begin(kept: PersonStorage): void {
    this.#kept = kept;
    this.reread();
  }

  /** Another page of the person has changed them. */
  reread(): void {
    try {
      const found: unknown = JSON.parse(this.#kept?.read(KEY) ?? "null");
      if (isRecord(found)) this.#current.value = { ...DEFAULTS, ...found };
    } catch {
      // Broken by a crash; the server's answer replaces it.
    }
  }

  async load(): Promise<Preferences> {
    return this.#take(await this.#rest.get<SavedPreferences>("/preferences"));
  }

  /** Applies the change at once and saves it, each change after the one before. Rejects, with the saved ones back, if it cannot be saved. */
  async change(change: Partial<Preferences>): Promise<void> {
    const before = this.#current.peek();
    this.#become({ ...before, ...change });
    try {
      await this.#save({});
    } catch (error) {
      const undone = Object.fromEntries(Object.keys(change).map((name) => [name, before[name as keyof Preferences]]));
      this.#become({ ...this.#current.peek(), ...undone });
      throw error;
    }
  }

  /** Saves the language and applies it then, because the page is loaded again for it. Rejects if it cannot be saved. */
  async chooseLanguage(language: string): Promise<void> {
    await this.#save({ language });
    this.#become({ ...this.#current.peek(), language });
  }

  /** Saves the current ones with the change, after the one before. Without a language, the one that another page may have just saved stays. */
  #save(change: Partial<Preferences>): Promise<unknown> {
    const earlier = this.#saving;
    const save = async (): Promise<void> => {
      await earlier.catch(() => undefined);
      const preferences = { ...this.#current.peek(), language: "", ...change };
      await this.#rest.write<SavedPreferences>("PUT", "/preferences", { preferences });
    };
    return (this.#saving = save());
  }

  #take({ preferences = {} }: SavedPreferences): Preferences {
    const { sound = false, volume = 0, browserNotifications = false, pushWhenAway = false, language = "" } = preferences;
    const chatSound = preferences.chatSound || DEFAULTS.chatSound;
    const messageSound = preferences.messageSound || DEFAULTS.messageSound;
    return this.#become({ sound, volume, chatSound, messageSound, browserNotifications, pushWhenAway, language });
  }

  #become(preferences: Preferences): Preferences {
    this.#current.value = preferences;
    this.#kept?.write(KEY, JSON.stringify(preferences));
    return preferences;
  }
}
