import { cleanup, configure } from "@testing-library/preact";
import { afterEach } from "vitest";

import { clearToasts } from "../feedback/toast";

// Adds the browser features that the components use and jsdom lacks.
if (!HTMLDialogElement.prototype.showModal) {
  HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
    this.open = false;
  };
}
window.matchMedia ??= (media: string) =>
  Object.assign(new EventTarget(), { matches: false, media, onchange: null, addListener() {}, removeListener() {} }) as MediaQueryList;
window.scrollTo = () => undefined;
Element.prototype.scrollIntoView ??= function () {};
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
globalThis.IntersectionObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
} as unknown as typeof IntersectionObserver;

// jsdom plays nothing.
HTMLMediaElement.prototype.play = () => Promise.resolve();
HTMLMediaElement.prototype.load = HTMLMediaElement.prototype.pause = () => undefined;
Blob.prototype.arrayBuffer ??= function (this: Blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(this);
  });
};
URL.createObjectURL ??= () => "blob:parley";

// A longer timeout for a busy machine, and error messages without the whole page's HTML.
configure({ asyncUtilTimeout: 8_000, getElementError: (message) => new Error(message ?? "not found") });
afterEach(cleanup);
afterEach(clearToasts);
