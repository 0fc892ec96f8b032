// A fake XMLHttpRequest for uploads. A test reports progress, answers, and drops the connection.
export class FakeUpload {
  static all: FakeUpload[] = [];

  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
  readonly headers = new Map<string, string>();
  status = 0;
  responseText = "";
  aborted = false;
  url = "";
  body: Blob | null = null;
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  #replyHeaders: Record<string, string> = {};

  constructor() {
    FakeUpload.all.push(this);
  }

  open(_method: string, url: string): void {
    this.url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers.set(name, value);
  }

  getResponseHeader(name: string): string | null {
    return this.#replyHeaders[name] ?? null;
  }

  send(body: Blob): void {
    this.body = body;
  }

  abort(): void {
    this.aborted = true;
    this.onabort?.();
  }

  answer(status: number, body: object, headers: Record<string, string> = {}): void {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.#replyHeaders = headers;
    this.onload?.();
  }
}
