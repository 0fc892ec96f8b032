// Reloads a page that the browser restores from its cache on Back: the sign-in may have changed (spec 10.8).

/** Hides the restored page until it is reloaded. The server then decides what this browser may see. */
export function loadAnewOnReturn(reload: () => void = () => location.reload()): void {
  addEventListener("pagehide", (event) => event.persisted && document.documentElement.setAttribute("hidden", ""));
  addEventListener("pageshow", (event) => event.persisted && reload());
}
