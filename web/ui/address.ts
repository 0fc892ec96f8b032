/** The decoded parts of a path: /tech/tickets/a%20b is tech, tickets, "a b". null for a malformed path. */
export function partsOf(path: string): string[] | null {
  try {
    return path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return null;
  }
}
