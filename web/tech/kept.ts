// What a page keeps for itself on this device. Storage may be missing or full: then it lasts as long as the page. What is found there may
// be anything: an older version, another program or a crash left it.

/** `fits` says whether what was found is a Value; by default it has to look like `fallback`. */
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
    // Nothing that the person loses by it.
  }
}

export function isRecord(found: unknown): found is Record<string, unknown> {
  return typeof found === "object" && found !== null && !Array.isArray(found);
}

function alike(found: unknown, fallback: unknown): boolean {
  // Lists hold records, each of which has an id.
  if (Array.isArray(fallback)) return Array.isArray(found) && found.every((one) => isRecord(one) && typeof one.id === "string");
  if (isRecord(fallback)) return isRecord(found) && Object.entries(fallback).every(([name, value]) => typeof found[name] === typeof value);
  return fallback === null ? found === null || typeof found === "string" : typeof found === typeof fallback;
}
