// Reads a file that should be a chat log. The file stays in the browser: the server gets its session and its SHA-256.

export interface LogFile {
  /** Empty when the header names no session: the file is no chat log. */
  sessionId: string;
  /** 64 hex digits. */
  sha256: string;
}

const MAX_HEADER = 64 * 1024;
const SESSION_LINE = /^Session: ([0-9a-z]{1,64}) /m;
const CR = 13;
const LF = 10;

/** Rejects when the file cannot be read, and with a TypeError where the page has no cryptography (http on another host). */
export async function readLog(file: Blob): Promise<LogFile> {
  const content = asWritten(new Uint8Array(await file.arrayBuffer()));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return { sessionId: sessionOf(content), sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/** Without what programs add when they save text: a byte order mark, and CR at the ends of lines. Parley writes neither. */
export function asWritten(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? 3 : 0;
  const kept = new Uint8Array(content.length - start);
  let size = 0;
  for (let at = start; at < content.length; at++) {
    if (content[at] !== CR || content[at + 1] !== LF) kept[size++] = content[at]!;
  }
  return kept.slice(0, size);
}

function sessionOf(content: Uint8Array): string {
  const text = new TextDecoder().decode(content.slice(0, MAX_HEADER));
  const [header = ""] = text.split("\n\n", 1);
  return SESSION_LINE.exec(header)?.[1] ?? "";
}
