// Runs in the pages of the tests of notifications: lists what the page plays and shows as attributes of its root, where a test expects it.
(() => {
  const lists = { heard: [], shown: [] };
  const write = () => {
    for (const [name, list] of Object.entries(lists)) document.documentElement?.setAttribute(`data-${name}`, list.join(" | "));
  };
  const add = (name, text) => {
    lists[name].push(text);
    write();
  };
  addEventListener("DOMContentLoaded", write);

  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = async function () {
    const [name, audible] = [this.src.match(/(\w+)-[^/]*\.wav$/)?.[1], this.volume > 0];
    await play.call(this);
    if (name && audible) add("heard", name);
  };
  const { showNotification } = ServiceWorkerRegistration.prototype;
  ServiceWorkerRegistration.prototype.showNotification = async function (title, options) {
    await showNotification.call(this, title, options);
    add("shown", `${options.renotify ? "again " : ""}${title}: ${options.body}`);
  };

  // Playwright's pages are always visible and focused.
  let hidden = false;
  Object.defineProperty(Document.prototype, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
  const { hasFocus } = Document.prototype;
  Document.prototype.hasFocus = function () {
    return !hidden && hasFocus.call(this);
  };
  window.setHidden = (now) => {
    hidden = now;
    document.dispatchEvent(new Event("visibilitychange"));
  };
})();
