import { render, screen, waitFor } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import { LazyDialog, LazyPage, lazy } from "./lazy";

const script = Object.assign(document.createElement("script"), { type: "module", src: "/assets/tech-1a2b.js" });

afterEach(() => {
  vi.unstubAllGlobals();
  script.remove();
  sessionStorage.clear();
});

test("a dialog whose code cannot be loaded shows an error, and the code is requested again the next time", async () => {
  let deployed = false;
  const part = lazy<{ onClose: () => void }>(async () => {
    if (!deployed) throw new TypeError("Failed to fetch dynamically imported module");
    return () => <p>End chat session</p>;
  });
  let closes = 0;
  const { unmount } = render(<LazyDialog of={part} props={{ onClose: () => void closes++ }} />);
  await screen.findByRole("dialog", { name: "This part could not be loaded" });
  expect(screen.getByRole("button", { name: "Reload the page" })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(closes).toBe(1);
  unmount();
  deployed = true;
  render(<LazyDialog of={part} props={{ onClose: () => undefined }} />);
  await screen.findByText("End chat session");
});

test("a page whose code cannot be loaded shows an error; other pages still load", async () => {
  const missing = lazy<object>(() => Promise.reject(new TypeError("404")));
  const there = lazy<object>(async () => () => <h1>Settings</h1>);
  const { rerender } = render(<LazyPage key="a" of={missing} props={{}} loading="Loading" />);
  await screen.findByText("This part could not be loaded");
  rerender(<LazyPage key="b" of={there} props={{}} loading="Loading" />);
  await screen.findByRole("heading", { name: "Settings" });
});

test("a part that a new build has replaced reloads the page once, and then shows an error", async () => {
  sessionStorage.clear();
  document.head.append(script);
  const reload = vi.fn();
  vi.stubGlobal("dispatchEvent", () => true); // other tests of the window may have left files
  vi.stubGlobal("location", { reload });
  vi.stubGlobal("fetch", async () => new Response(null, { status: 404 }));
  const missing = lazy<object>(() => Promise.reject(new TypeError("404")));

  const { unmount } = render(<LazyPage of={missing} props={{}} loading="Loading" />);
  await waitFor(() => expect(reload).toHaveBeenCalledTimes(1));
  expect(screen.queryByText("This part could not be loaded")).toBeNull();
  unmount();
  render(<LazyPage of={missing} props={{}} loading="Loading" />);
  await screen.findByText("This part could not be loaded");
  expect(reload).toHaveBeenCalledTimes(1);
});
