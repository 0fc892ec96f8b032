import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { Refused } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isRecord, keep, kept } from "../kept";
import { refusalText } from "../refusal";
import { settingsTexts } from "./settings_texts";

/** How often a save begins again after something else was changed between its load and its save. */
const TRIES = 3;

/** A desk's settings in one service, with the version that detects concurrent changes. */
export interface Versioned<Values> {
  settings?: Values;
  version?: number;
}

/** A concurrent change by somebody else, with the names of the fields. */
export interface Conflict<Values> {
  theirs: Values;
  version: number;
  fields: string[];
}

/** What was changed from `base` to `mine`, on `theirs`, and the names of the fields about which the admin has to decide. */
export type Merge<Values> = (base: Values, mine: Values, theirs: Values) => { values: Values; fields: string[] };

export interface Draft<Values extends object> {
  values: Values | null; // null: not fetched yet
  /** The values as they are stored. */
  stored: Values | null;
  failed: Refused | null;
  reload: () => void;
  /** Changes fields. Pass a function to change the values of a later time, such as after a request. */
  set: (change: Partial<Values> | ((values: Values) => Partial<Values>)) => void;
  dirty: boolean;
  saving: boolean;
  savedAt: number | null;
  failure: string;
  conflict: Conflict<Values> | null;
  /** Grows when the values change other than by typing. Boxes with half-typed text then reset. */
  round: number;
  errorOf: (field: string) => string | undefined;
  /** Sets the error of a box whose text is not a valid value; without a message, clears it. */
  wrong: (field: string, message?: string) => void;
  save: () => Promise<void>;
  discard: () => void;
  takeTheirs: () => void;
  keepMine: () => void;
}

interface Held<Values> {
  base: Values;
  version: number;
  draft: Values;
}

/**
 * The settings while they are edited. Unsaved changes survive a reload (`name` is part of the storage key), and a concurrent change is
 * shown instead of overwritten. With `merge`, `write` consists of several calls, of which some may succeed before one fails.
 */
export function useDraft<Values extends object>(
  name: string,
  load: () => Promise<Versioned<Values>>,
  write: (values: Values, version: number) => Promise<Versioned<Values>>,
  merge?: Merge<Values>,
): Draft<Values> {
  const { store, me } = useApp();
  const key = `settings.${name}.${me.value.id}`;
  const [held, setHeld] = useState<Held<Values> | null>(() => kept<Held<Values> | null>(key, null, isHeld));
  const [loaded, setLoaded] = useState(false);
  const [failed, setFailed] = useState<Refused | null>(null);
  const [conflict, setConflict] = useState<Conflict<Values> | null>(null);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [refused, setRefused] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState("");
  const [saving, setSaving] = useState(false);
  const [savedAt, setSavedAt] = useState<number | null>(null);
  const [round, setRound] = useState(0);
  const [asked, setAsked] = useState(0);
  const latest = useRef(held);
  latest.current = held;

  const become = useCallback((next: Held<Values>) => {
    latest.current = next;
    setHeld(next);
    keep(key, same(next.base, next.draft) ? null : next);
  }, []);
  const renew = (next: Held<Values>) => {
    become(next);
    setConflict(null);
    setTyped({});
    setRefused({});
    setFailure("");
    setRound((count) => count + 1);
  };
  /** Takes what is stored. Returns whether the draft can be saved on it, without a decision of the admin. */
  const meet = ({ settings, version = 0 }: Versioned<Values>): boolean => {
    const theirs = settings ?? ({} as Values);
    const mine = latest.current;
    setLoaded(true);
    setFailed(null);
    if (!mine || same(mine.base, mine.draft) || same(mine.draft, theirs)) {
      renew({ base: theirs, version, draft: theirs });
      return true;
    }
    const { values, fields } = (merge ?? mergeFields)(mine.base, mine.draft, theirs);
    if (fields.length) setConflict({ theirs, version, fields });
    else become({ base: theirs, version, draft: values });
    return fields.length === 0;
  };
  useEffect(() => {
    load().then(meet, (error: Refused) => setFailed(error));
  }, [asked, store.starts.value]);

  /** Writes the draft, and again on what is stored now if that was changed meanwhile. Returns false if the admin has to decide. */
  const writeOnNewest = async (): Promise<boolean> => {
    for (let tries = 1; ; tries++) {
      const { draft, version } = latest.current!;
      try {
        const answer = await write(draft, version);
        const settings = answer.settings ?? draft;
        const saved = { base: settings, version: answer.version ?? version + 1 };
        const { draft: later } = latest.current!;
        // What was typed meanwhile stays.
        if (same(later, draft)) renew({ ...saved, draft: settings });
        else become({ ...saved, draft: (merge ?? mergeFields)(draft, later, settings).values });
        return true;
      } catch (error) {
        const aborted = error instanceof Refused && error.kind === "aborted";
        if (!aborted && !merge) throw error;
        const fits = await load().then(meet, (reason) => Promise.reject(aborted ? reason : error));
        if (aborted && !fits) return false;
        if (!aborted || tries === TRIES) throw error;
      }
    }
  };
  const save = async () => {
    if (!held || saving || conflict) return;
    setRefused({});
    setFailure("");
    if (Object.keys(typed).length) return focusWrong();
    setSaving(true);
    try {
      if (await writeOnNewest()) setSavedAt(Date.now());
    } catch (error) {
      if (error instanceof Refused && error.field.startsWith("settings.")) {
        setRefused({ [error.field.slice("settings.".length)]: error.message });
        focusWrong();
      } else setFailure(refusalText(error, settingsTexts.failed));
    } finally {
      setSaving(false);
    }
  };
  return {
    values: loaded && held ? held.draft : null,
    stored: loaded && held ? held.base : null,
    failed: loaded ? null : failed,
    reload: () => setAsked((count) => count + 1),
    set: (change) => {
      if (!latest.current) return;
      const { draft } = latest.current;
      become({ ...latest.current, draft: { ...draft, ...(typeof change === "function" ? change(draft) : change) } });
      setRefused({});
      setSavedAt(null);
    },
    dirty: Boolean(held && !same(held.base, held.draft)) || Object.keys(typed).length > 0,
    ...{ saving, savedAt, failure, conflict, round, save },
    errorOf: (field) => typed[field] ?? refused[field],
    wrong: (field, message) => {
      setTyped(({ [field]: _, ...rest }) => (message ? { ...rest, [field]: message } : rest));
    },
    discard: () => held && renew({ ...held, draft: held.base }),
    takeTheirs: () => conflict && renew({ base: conflict.theirs, version: conflict.version, draft: conflict.theirs }),
    keepMine: () => {
      if (!conflict || !held) return;
      const { values } = (merge ?? mergeFields)(held.base, held.draft, conflict.theirs);
      renew({ base: conflict.theirs, version: conflict.version, draft: values });
    },
  };
}

/** Asks about each change of somebody else, because settings belong together. */
function mergeFields<Values extends object>(base: Values, mine: Values, theirs: Values): ReturnType<Merge<Values>> {
  const own = changed(base, mine).map((field) => [field, mine[field]]);
  return { values: { ...theirs, ...Object.fromEntries(own) }, fields: changed(base, theirs).map(String) };
}

function isHeld(found: unknown): boolean {
  return found === null || (isRecord(found) && isRecord(found.base) && isRecord(found.draft) && typeof found.version === "number");
}

function focusWrong(): void {
  // After the messages are rendered.
  requestAnimationFrame(() => document.querySelector<HTMLElement>(".settings [aria-invalid=true]")?.focus());
}

export function changed<Values extends object>(before: Values, after: Values): (keyof Values)[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Values>;
  return [...fields].filter((field) => !same(before[field], after[field]));
}

export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => same((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]));
}
