/** A command's words with an id: the caller's own, which stays the same when the command is sent again, else a new one. */
export function command<Words extends object>({ commandId, ...words }: Words & { commandId?: string }): object {
  // Not a spread over a default: a value left out must not take the default's place.
  return { ...words, commandId: commandId || newId() };
}

/** An id that nobody else makes: of a command, so that a repeat of it is known as one. */
export function newId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  // On http://<address> the browser offers random bytes only.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
