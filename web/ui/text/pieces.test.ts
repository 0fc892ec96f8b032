import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import { linksOf, type Piece, piecesOf } from "./pieces";

type Case = string | { link?: string; href?: string; code?: string; block?: string };

function plain(piece: Piece): Case {
  if (piece.kind === "text") return piece.text;
  if (piece.kind !== "link") return { [piece.kind]: piece.text };
  return piece.href === piece.text ? { link: piece.text } : { link: piece.text, href: piece.href };
}

const cases = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../../tests/cases/text/pieces.json"), "utf8")) as { name: string; text: string; pieces: Case[] }[];

test.each(cases)("$name", ({ text, pieces }) => {  // spec 7.7
  expect(piecesOf(text).map(plain)).toEqual(pieces);
});

test("of a log only the links are found", () => {  // spec 7.7
  expect(linksOf("a ```b http://a.b/c` d```").map(plain)).toEqual(["a ```b ", { link: "http://a.b/c" }, "` d```"]);
});

test("an address of more than 2000 characters stays text", () => {  // spec 7.7
  const address = (length: number) => "http://a.b/".padEnd(length, "c");
  expect(piecesOf(address(2000)).map((piece) => piece.kind)).toEqual(["link"]);
  expect(piecesOf(address(2001)).map((piece) => piece.kind)).toEqual(["text"]);
});

/** A text that counts how many of its characters are read. */
class Counted extends String {
  read = 0;

  override charCodeAt(at: number): number {
    this.read++;
    return super.charCodeAt(at);
  }

  override charAt(at: number): string {
    this.read++;
    return super.charAt(at);
  }

  override slice(from?: number, to?: number): string {
    const part = super.slice(from, to);
    this.read += part.length;
    return part;
  }

  override indexOf(searched: string, from = 0): number {
    const found = super.indexOf(searched, from);
    this.read += (found < 0 ? this.length : found) - from;
    return found;
  }
}

const LENGTH = 100_000;

test.each([
  ..."`|``|```|````|`a``|```a|```\n|` `` ```|a`\n|http:|http://|http://[|http://a@|https://a(|https://a)|https://a.|(https://a|https://a([{}])".split("|"),
  ..."mailto:|mailto:a@|mailto:a@b@|tel:|tel:1|tel:1(|:|::::a|http://a.b/c |http://a.b/c,`d` |(|)|.,;".split("|"),
])("a hostile text is read in linear time: %j repeated", (part) => {  // spec 7.7, 10.9
  const read = [LENGTH, 2 * LENGTH].map((length) => {
    const text = new Counted(part.repeat(length / part.length));
    piecesOf(text as unknown as string);
    return text.read / length;
  });
  expect(Math.max(...read)).toBeLessThan(16);
});

test.each(["http://a.b/", "mailto:a@b/", "tel:1", "`a", "```a"])("so is a long text behind %j", (start) => {  // spec 7.7, 10.9
  for (const part of ["(", ")", ".", "[](", "a", "`", "1"]) {
    const text = new Counted(start + part.repeat(LENGTH / part.length));
    piecesOf(text as unknown as string);
    expect(text.read / LENGTH).toBeLessThan(16);
  }
});
