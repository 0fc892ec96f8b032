// A page that the browser kept and shows again by Back believes what held when it was left; who is signed in may have changed (spec 10.8).

/** Nothing of it shows until it was loaded anew: the server then decides what this browser may see. */
export function loadAnewOnReturn(reload: () => void = () => location.reload()): void {
  addEventListener("pagehide", (event) => event.persisted && document.documentElement.setAttribute("hidden", ""));
  addEventListener("pageshow", (event) => event.persisted && reload());
}
