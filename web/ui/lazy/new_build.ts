// A page that stays open over an upgrade may need a part that the new build has under another name. Only a reload gets it.

const ANSWER_WITHIN = 3_000;

/**
 * Reloads the page if the server no longer has its build; false if the page stays. A tab reloads once for each build: while gateways are
 * replaced, the reload may bring the old build.
 *
 * What the person typed survives, because drafts, forms and unsent messages are in the browser's storage (spec 7.9). What does not, such as
 * files or a draft that could not be stored, makes the page ask before it is left; then it stays. So it does while a dialog is open or the
 * person is in a text box, because not all that is typed is stored.
 */
export async function reloadForNewBuild(): Promise<boolean> {
  const build = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.src;
  if (!build || !(await isGone(build)) || isTyping() || asksBeforeLeaving() || !firstReload(build)) return false;
  location.reload();
  return true;
}

/** Whether the server has replaced the file. False without an answer: a reload without a connection would lose the page. */
async function isGone(file: string): Promise<boolean> {
  try {
    const { status } = await fetch(file, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN) });
    return status === 404;
  } catch {
    return false;
  }
}

function isTyping(): boolean {
  return Boolean(document.querySelector("dialog[open]") ?? document.activeElement?.matches("input, textarea"));
}

function asksBeforeLeaving(): boolean {
  return !dispatchEvent(new Event("beforeunload", { cancelable: true }));
}

/** False where the storage is forbidden too: nothing would end a loop of reloads, and nothing typed would survive one. */
function firstReload(build: string): boolean {
  const key = `parley:reloaded:${build}`;
  try {
    if (sessionStorage.getItem(key)) return false;
    sessionStorage.setItem(key, "yes");
    return true;
  } catch {
    return false;
  }
}
