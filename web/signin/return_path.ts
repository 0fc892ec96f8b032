const LONGEST = 500;

/**
 * Where one goes after signing in: `to`, if it is a page of the app that the sign-in leads to (`home`, such as /tech/), else its start page.
 * Anybody may write a link to the sign-in page, so `to` leads nowhere else.
 */
export function returnPath(home: string, to: string | null): string {
  if (!to || to.length > LONGEST || !/^\/[!-~]*$/.test(to) || /\\|\/\//.test(to)) return home;
  let address: URL;
  try {
    address = new URL(to, location.origin);
  } catch {
    return home;
  }
  // Read as the browser reads it, dots and all.
  const { origin, pathname, search } = address;
  return origin === location.origin && pathname.startsWith(home) ? pathname + search : home;
}
