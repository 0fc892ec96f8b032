/** Shows a number on the installed app's icon; none at 0. Browsers without badges ignore it. */
export function showBadge(count: number): void {
  const done = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
  // Refused while the app is not installed.
  done?.catch(() => undefined);
}
