// The ids of a command and of its trace.

/** A command's fields with a command id: the caller's own, which a retry repeats, or a new one. */
export function command<Fields extends object>({ commandId, ...fields }: Fields & { commandId?: string }): object {
  // No spread over a default: an undefined value would override it.
  return { ...fields, commandId: commandId || newId() };
}

/** A unique id for a command, so that a repeat is recognized. */
export function newId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  // Browsers offer randomUUID only in secure contexts.
  return randomHex(16);
}

/** W3C trace context of one command. All its tries share one trace, whose id is the command id without dashes. */
export function traceparent(commandId = newId()): string {
  const bare = commandId.replaceAll("-", "").toLowerCase();
  const trace = /^[0-9a-f]{32}$/.test(bare) ? bare : randomHex(16);
  return `00-${trace}-${randomHex(8)}-01`;
}

function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
