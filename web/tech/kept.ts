// What a page stores on this device. Without storage, a value lasts as long as the page. A stored value may be of an older version, of
// another program, or broken by a crash.

import { isRecord } from "../wire/text.ts";

export { isRecord };

/** `fits` returns whether a stored value is a Value. By default it must have the shape of `fallback`. */
export function kept<Value>(key: string, fallback: Value, fits: (found: unknown) => boolean = (found) => alike(found, fallback)): Value {
  try {
    const text = localStorage.getItem(`parley.tech.${key}`);
    const found: unknown = text === null ? fallback : JSON.parse(text);
    return fits(found) ? (found as Value) : fallback;
  } catch {
    return fallback;
  }
}

export function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(`parley.tech.${key}`, JSON.stringify(value));
  } catch {
    // Without storage, nothing that the person typed is lost.
  }
}

function alike(found: unknown, fallback: unknown): boolean {
  // Lists hold records with an id.
  if (Array.isArray(fallback)) return Array.isArray(found) && found.every((one) => isRecord(one) && typeof one.id === "string");
  if (isRecord(fallback)) return isRecord(found) && Object.entries(fallback).every(([name, value]) => typeof found[name] === typeof value);
  return fallback === null ? found === null || typeof found === "string" : typeof found === typeof fallback;
}
