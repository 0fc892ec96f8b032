const MAX_LENGTH = 500;

/**
 * The page to open after signing in: `to`, if it is a page of the app (`home`, such as /tech/), else the start page. Anybody can write a
 * link to the sign-in page, so `to` leads nowhere else.
 */
export function returnPath(home: string, to: string | null): string {
  if (!to || to.length > MAX_LENGTH || !/^\/[!-~]*$/.test(to) || /\\|\/\//.test(to)) return home;
  let address: URL;
  try {
    address = new URL(to, location.origin);
  } catch {
    return home;
  }
  // Resolved as the browser does, including dots.
  const { origin, pathname, search } = address;
  return origin === location.origin && pathname.startsWith(home) ? pathname + search : home;
}
