import { fireEvent, render, screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { useState } from "preact/hooks";
import { expect, test } from "vitest";

import { Field, TextArea } from "./field";

function Boxes() {
  const [line, setLine] = useState("");
  const [text, setText] = useState("");
  return (
    <>
      <Field label="Line" value={line} onInput={setLine} maxLength={10} />
      <TextArea label="Text" value={text} onInput={setText} maxLength={1000} />
    </>
  );
}

test("pasted text is kept, and the field shows by how many code points it is too long", async () => {
  // spec 3.6
  render(<Boxes />);
  const [line, text] = [screen.getByLabelText<HTMLInputElement>("Line"), screen.getByLabelText<HTMLTextAreaElement>("Text")];
  await userEvent.click(text);
  await userEvent.paste("a".repeat(1_200));
  expect(text.value).toHaveLength(1_200);
  expect(screen.getByRole("alert").textContent).toBe("200 characters too long");

  fireEvent.input(text, { target: { value: "😀".repeat(600) } });
  expect(screen.queryByRole("alert")).toBeNull();
  await userEvent.click(line);
  await userEvent.paste("😀".repeat(11));
  expect(line.value).toBe("😀".repeat(11));
  expect(screen.getByRole("alert").textContent).toBe("1 character too long");
});
