/** The parts of a path, decoded: /tech/tickets/a%20b is tech, tickets, "a b". null for an address that cannot be read. */
export function partsOf(path: string): string[] | null {
  try {
    return path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return null;
  }
}
