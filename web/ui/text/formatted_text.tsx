import { useMemo } from "preact/hooks";

import { linksOf, type Piece, piecesOf } from "./pieces";
import "./formatted_text.css";

/** A person's text with links and code. Nothing else in it is interpreted (spec 7.7). */
export function FormattedText({ text }: { text: string }) {
  return <>{useMemo(() => piecesOf(text).map(shown), [text])}</>;
}

/** A text with links only, such as a chat log, whose columns stay. */
export function LinkedText({ text }: { text: string }) {
  return <>{useMemo(() => linksOf(text).map(shown), [text])}</>;
}

function shown(piece: Piece, index: number) {
  switch (piece.kind) {
    case "link":
      // Its own direction: in a right-to-left text the parts of an address would change their order.
      return (
        <a key={index} class="text-link" href={piece.href} target="_blank" rel="noopener noreferrer" dir="ltr">
          {piece.text}
        </a>
      );
    case "code":
      return (
        <code key={index} class="text-code" dir="ltr">
          {piece.text}
        </code>
      );
    case "block":
      // In the tab order, so that a wide block can be scrolled with the keyboard.
      return (
        <pre key={index} class="text-block" tabIndex={0} dir="ltr">
          <code>{piece.text}</code>
        </pre>
      );
    case "text":
      return piece.text;
  }
}
