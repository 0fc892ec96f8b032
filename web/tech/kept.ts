// What a page keeps for itself on this device. Storage may be missing or full: then it lasts as long as the page.

export function kept<Value>(key: string, fallback: Value): Value {
  try {
    const text = localStorage.getItem(`parley.tech.${key}`);
    return text === null ? fallback : (JSON.parse(text) as Value);
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
