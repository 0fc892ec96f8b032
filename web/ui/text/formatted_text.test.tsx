import { render, screen } from "@testing-library/preact";
import { expect, test } from "vitest";

import { FormattedText, LinkedText } from "./formatted_text";

test("a link is opened apart, and its page learns nothing of the chat's", () => {  // spec 7.7
  render(<FormattedText text="See https://example.com/a." />);
  const link = screen.getByRole("link", { name: "https://example.com/a" });
  expect(["href", "target", "rel"].map((name) => link.getAttribute(name))).toEqual(["https://example.com/a", "_blank", "noopener noreferrer"]);
});

test("HTML in a text is shown, not interpreted", () => {  // spec 3.6, 7.7
  const text = '<img src=x onerror=alert(1)> `<b>a</b>` ```<i>c</i>``` https://a.b/"><script>';
  const { container } = render(<FormattedText text={text} />);
  expect(container.querySelector("img, b, i, script")).toBeNull();
  expect(container.textContent).toBe('<img src=x onerror=alert(1)> <b>a</b> <i>c</i> https://a.b/"><script>');
});

test("a block keeps its lines and can be scrolled with the keyboard", () => {  // spec 7.7
  const { container } = render(<FormattedText text={"```\nif a:\n    b\n```"} />);
  const block = container.querySelector("pre")!;
  expect(block.textContent).toBe("if a:\n    b");
  expect(block.tabIndex).toBe(0);
});

test("a log keeps its backticks and has links", () => {  // spec 7.7
  const { container } = render(<LinkedText text="Mia: ```a`  b http://a.b/c" />);
  expect(container.textContent).toBe("Mia: ```a`  b http://a.b/c");
  expect(screen.getAllByRole("link")).toHaveLength(1);
});
