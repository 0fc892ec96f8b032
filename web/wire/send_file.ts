// Sends a file as the body of a request, with its progress, which fetch does not report.
import { refusalTexts } from "./refusal_texts.ts";
import { Refused } from "./refused.ts";

/** `onSent` gets the number of bytes sent so far. Aborting `signal` ends the request; it then rejects with the code "stopped". */
export type Sending = { commandId: string; onSent: (bytes: number) => void; signal: AbortSignal };

export type Reply = { status: number; body: string; retryAfter: string | null };

/** The server's answer, whatever its status. Rejects with Refused, kind "unavailable", without an answer. */
export function sendFile(url: string, file: Blob, headers: Record<string, string>, { onSent, signal }: Omit<Sending, "commandId">): Promise<Reply> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(stopped());
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    const end = (then: () => void) => () => (signal.removeEventListener("abort", stop), then());
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = end(() => resolve({ status: request.status, body: request.responseText, retryAfter: request.getResponseHeader("Retry-After") }));
    request.onerror = end(() => reject(new Refused({ kind: "unavailable", code: "unreachable", message: refusalTexts.unreachable })));
    request.onabort = end(() => reject(stopped()));
    signal.addEventListener("abort", stop, { once: true });
    request.send(file);
  });
}

function stopped(): Refused {
  return new Refused({ kind: "cancelled", code: "stopped" });
}
