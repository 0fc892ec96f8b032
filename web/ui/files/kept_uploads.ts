import { Uploads, type Attachment, type Store } from "../../wire/index.ts";

type Tickets = Pick<Store["tickets"], "upload">;

// One for each store, which a page has once.
const all = new WeakMap<Tickets, KeptUploads>();

/** The files of notes that are not sent yet, by ticket. They stay while the app shows another page; leaving the app asks first (spec 7.9). */
class KeptUploads {
  #tickets: Tickets;
  #of = new Map<string, Uploads>(); // as many as the person has chosen files for

  constructor(tickets: Tickets) {
    this.#tickets = tickets;
    addEventListener("beforeunload", (event) => {
      if ([...this.#of.values()].some(hasFiles)) event.preventDefault();
    });
  }

  of(ticketId: string): Uploads {
    const uploads = this.#of.get(ticketId) ?? new Uploads((file, sending): Promise<Attachment> => this.#tickets.upload(ticketId, file, sending));
    this.#of.set(ticketId, uploads);
    return uploads;
  }

  release(ticketId: string): void {
    const uploads = this.#of.get(ticketId);
    if (uploads && !hasFiles(uploads)) this.#of.delete(ticketId);
  }
}

export function keptUploads(tickets: Tickets): KeptUploads {
  const found = all.get(tickets) ?? new KeptUploads(tickets);
  all.set(tickets, found);
  return found;
}

function hasFiles(uploads: Uploads): boolean {
  return uploads.items.peek().length > 0;
}
