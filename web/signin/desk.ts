import { storageOf } from "../wire/person_storage.ts";

const KEY = "parley:sign_in_desk";

/**
 * The desk in the page's address, or else the one that this browser last signed in to: the providers of some desks are listed only for
 * those who name the desk, and links to a ticket do not.
 */
export function deskOf(query: URLSearchParams, storage: Storage | null = storageOf()): string | null {
  const named = query.get("desk");
  try {
    if (named) storage?.setItem(KEY, named);
    return named ?? storage?.getItem(KEY) ?? null;
  } catch {
    return named; // a browser that stores nothing
  }
}
