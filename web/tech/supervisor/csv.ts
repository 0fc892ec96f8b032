import type { CellFigures, DeskFigures } from "../../wire/index.ts";
import { supervisorTexts as t } from "./supervisor_texts";

type NameOf = (id: string | undefined) => string;

/** The day by hour, company and board, as RFC 4180. Hours are RFC 3339 in UTC. */
export function csvOf(figures: DeskFigures, company: NameOf, board: NameOf): string {
  const rows = (figures.cells ?? []).map((cell) => rowOf(figures.date ?? "", cell, company, board));
  return [t.columns, ...rows].map((row) => `${row.map(fieldOf).join(",")}\r\n`).join("");
}

function rowOf(date: string, { start = "", companyId, boardId, figures: f = {} }: CellFigures, company: NameOf, board: NameOf): (string | number)[] {
  return [
    ...[date, start, company(companyId), board(boardId)],
    ...[f.opened ?? 0, f.answered ?? 0, f.abandoned ?? 0, f.callbacks ?? 0, f.waiting ?? 0, f.overPromise ?? 0],
    ...[f.waitMedianSeconds ?? "", f.waitP90Seconds ?? "", f.waitLongestSeconds ?? "", f.durationMedianSeconds ?? "", f.durationP90Seconds ?? ""],
    ...[f.solved ?? 0, f.notSolved ?? 0],
  ];
}

// A program for tables would run a text that begins so as a formula.
const FORMULA = /^[=+\-@\t\r]/;

function fieldOf(value: string | number): string {
  const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Saves the text as a file of the browser's downloads. */
export function download(name: string, text: string): void {
  // The mark tells programs for tables that the file is UTF-8.
  const url = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
