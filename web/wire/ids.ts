/** A command's fields with a command id: the caller's own, which a retry repeats, or a new one. */
export function command<Words extends object>({ commandId, ...words }: Words & { commandId?: string }): object {
  // No spread over a default: an undefined value would override it.
  return { ...words, commandId: commandId || newId() };
}

/** A unique id for a command, so that a repeat is recognized. */
export function newId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  // Browsers offer randomUUID only in secure contexts.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
