import { useEffect, useRef, useState } from "preact/hooks";

import { MOST_FILES, Refused, Uploads, type Store, type Upload } from "../../wire/index.ts";
import { toast } from "../index";
import { useFileDrop, type FileDrop } from "./drop";
import { keptUploads } from "./kept_uploads";
import { fileTexts as t } from "./texts";

export interface NoteFiles {
  items: readonly Upload[];
  /** The note did not go, because a file of it is not uploaded and still is not. */
  unfinished: boolean;
  drop: FileDrop;
  add: (files: File[]) => void;
  retry: (key: string) => void;
  remove: (key: string) => void;
  clear: () => void;
  /** Resolves when all files are uploaded, with their ids; null if one is not, and `unfinished` is true from then on. */
  ready: () => Promise<readonly string[] | null>;
  /** Tells whether the ids are others than at the last call: the note is then another command. */
  changed: (ids: readonly string[]) => boolean;
  /** After a refusal of the note. */
  refused: (error: unknown) => void;
}

/** The files of a note that is being written. They outlast the form, like its text. `most` is in bytes. */
export function useNoteFiles(store: Pick<Store, "tickets">, ticketId: string, most: number): NoteFiles {
  const kept = keptUploads(store);
  const [uploads] = useState(() => kept.of(ticketId, () => new Uploads((file, sending) => store.tickets.upload(ticketId, file, sending))));
  const [asked, setAsked] = useState(false);
  const last = useRef("");
  useEffect(() => () => kept.release(ticketId), []);
  const add = (files: File[]) => {
    if (uploads.add(files, most) > 0) toast(t.tooMany(MOST_FILES), { tone: "danger" });
  };
  return {
    items: uploads.items.value,
    unfinished: asked && uploads.items.value.some(({ state }) => state === "failed"),
    drop: useFileDrop(add),
    add,
    retry: (key) => uploads.retry(key),
    remove: (key) => uploads.remove(key),
    clear: () => uploads.clear(),
    ready: async () => {
      setAsked(false);
      if (await uploads.settled()) return uploads.ids;
      setAsked(true);
      return null;
    },
    changed: (ids) => {
      const before = last.current;
      last.current = ids.join();
      return before !== last.current;
    },
    refused: (error) => {
      if (error instanceof Refused && error.code === "upload_not_found") uploads.expired(error);
    },
  };
}
