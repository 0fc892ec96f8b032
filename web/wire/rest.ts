import { newId, traceparent } from "./ids.ts";
import { refusalTexts } from "./refusal_texts.ts";
import { Refused } from "./refused.ts";
import { sendFile, type Sending } from "./send_file.ts";
import type { Leaving } from "./sign_in.ts";
import { toJson } from "./text.ts";

const SIGN_IN = "Parley-Sign-In";
const TIME_OUT = 8_000;
// The call may or may not have been carried out: a retry with the same command id gets its first result.
const NO_RESULT = new Set(["unavailable", "deadline_exceeded"]);
const LEAVING: Record<string, Leaving> = { not_signed_in: "ended", other_sign_in: "other" };
const PAUSES = [250, 1_000]; // before the second and the third try

export type Rest = {
  get<T>(path: string): Promise<T>;
  /** `body` must carry a command id, so that the server recognizes a retry after a lost answer. */
  write<T>(method: "POST" | "PATCH" | "PUT" | "DELETE", path: string, body?: object): Promise<T>;
  /** Sends a file once. `path` must name the command id. */
  upload<T>(path: string, file: Blob, sending: Sending): Promise<T>;
};

export type RestOptions = {
  base: string; // such as /portal/api
  signInId?: () => string; // sent with each call; empty while unknown
  onSignedOut: (why: Leaving) => void;
  fetch?: typeof fetch;
};

export function createRest({ base, signInId = () => "", onSignedOut, fetch = (...args) => globalThis.fetch(...args) }: RestOptions): Rest {
  function headers(commandId: string, body: object | undefined): Record<string, string> {
    const id = signInId();
    return { traceparent: traceparent(commandId), ...(id && { [SIGN_IN]: id }), ...(body && { "Content-Type": "application/json" }) };
  }

  async function once<T>(method: string, path: string, body: object | undefined, commandId: string): Promise<T> {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), TIME_OUT);
    try {
      const response = await fetch(base + path, {
        method,
        credentials: "same-origin",
        cache: "no-store",
        signal: end.signal,
        headers: headers(commandId, body),
        ...(body && { body: toJson(body) }),
      });
      if (!response.ok) throw refusalOf(response.status, await response.text().catch(() => ""), response.headers.get("Retry-After"));
      return (response.status === 204 ? undefined : await response.json()) as T;
    } catch (error) {
      if (error instanceof Refused) throw error;
      const code = end.signal.aborted ? "timeout" : "unreachable";
      throw new Refused({ kind: "unavailable", code, message: refusalTexts.unreachable });
    } finally {
      clearTimeout(timer);
    }
  }

  async function patiently<T>(method: string, path: string, body?: object): Promise<T> {
    const commandId = body && "commandId" in body ? String(body.commandId) : newId();
    for (const pause of [...PAUSES, null]) {
      try {
        return await once<T>(method, path, body, commandId);
      } catch (error) {
        const refused = error as Refused;
        leaveAfter(refused);
        if (!NO_RESULT.has(refused.kind) || pause === null) throw refused;
        await new Promise((resolve) => setTimeout(resolve, pause * (0.75 + Math.random() / 2)));
      }
    }
    throw new Error("unreachable");
  }

  // Only the gateway's own answer ends the page: a proxy may answer 401 too.
  function leaveAfter(refused: Refused): void {
    const why = LEAVING[refused.code];
    if (refused.kind === "unauthenticated" && why) onSignedOut(why);
  }

  async function upload<T>(path: string, file: Blob, sending: Sending): Promise<T> {
    const types = { "Content-Type": "application/octet-stream" };
    const { status, body, retryAfter } = await sendFile(base + path, file, { ...headers(sending.commandId, undefined), ...types }, sending);
    if (status === 200) return JSON.parse(body) as T;
    const refused = refusalOf(status, body, retryAfter);
    leaveAfter(refused);
    throw refused;
  }

  return {
    get: (path) => patiently("GET", path),
    write: (method, path, body) => patiently(method, path, body),
    upload,
  };
}

// A proxy may answer with a body of its own. Then only the status counts.
const KINDS: Record<number, string> = {
  400: "invalid_argument", 401: "unauthenticated", 403: "permission_denied", 404: "not_found", 409: "aborted", 413: "invalid_argument",
  429: "resource_exhausted", 502: "unavailable", 503: "unavailable", 504: "unavailable",
};

function refusalOf(status: number, text: string, wait: string | null): Refused {
  const body = parsed(text);
  const error = body && typeof body === "object" && "error" in body ? body.error : null;
  const stated = error && typeof error === "object" ? error : {};
  const details: Record<string, string> = wait ? { retry_after: wait } : {};
  const message = wait && status === 429 ? refusalTexts.wait(wait) : refusalTexts.answered(status);
  return new Refused({ kind: KINDS[status] ?? "internal", message, details, ...stated });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** ?a=1&b=2 of the set values. A list repeats its name. */
export function query(values: Record<string, string | readonly string[] | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of typeof value === "string" ? [value] : (value ?? [])) if (one) search.append(name, one);
  }
  const text = search.toString();
  return text && `?${text}`;
}
