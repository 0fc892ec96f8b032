import { useEffect, useRef, useState } from "preact/hooks";

import { MOST_CHAT_FILES, type ChatFile, type Store, type Upload, Uploads } from "../../wire/index.ts";
import { toast } from "../feedback/toast";
import { useFileDrop, type FileDrop } from "./drop";
import { keptUploads } from "./kept_uploads";
import { fileTexts as t } from "./texts";

export interface ChatFiles {
  items: readonly Upload[];
  /** The largest file, in bytes. */
  largest: number;
  mayAttach: boolean;
  drop: FileDrop;
  /** Why no file may be attached now. */
  whyNot?: string;
  /** The message was sent and waits for its files. */
  waiting: boolean;
  /** The message did not go, because a file is not uploaded. */
  unfinished: boolean;
  /** The names of files that a reload has lost; empty without any. */
  lost: string;
  forget: () => void;
  /** The server no longer has the files of a message: they must be attached again. */
  expired: (files: readonly ChatFile[]) => void;
  add: (files: File[]) => void;
  retry: (key: string) => void;
  remove: (key: string) => void;
  /** Calls `post` with the files when all are uploaded. Not if one fails, or the window closes before. */
  send: (post: (files: readonly ChatFile[]) => void) => void;
}

/**
 * The files of the message that is being written in a chat (spec 13.5). They outlast the window, and their names a reload of the tab. `mayAttach` is false
 * while the server takes none: before the chat is fetched, and on a gateway of an earlier version.
 */
export function useChatFiles(store: Store, id: string, internal: boolean): ChatFiles {
  const kept = keptUploads(store);
  const [uploads] = useState(() => kept.of(`chat:${id}`, () => new Uploads((file, sending) => store.uploadFile(id, file, sending), MOST_CHAT_FILES)));
  const items = uploads.items.value;
  const names = items.map(({ file }) => file.name).join(", ");
  const [lost, setLost] = useState(() => (items.length ? "" : store.fileNames(id)));
  const [waiting, setWaiting] = useState(false);
  const [asked, setAsked] = useState(false);
  const open = useRef(true);
  const largest = store.largestFile.value;
  const whyNot = internal ? t.notInNotes : undefined;
  useEffect(
    () => () => {
      open.current = false;
      kept.release(`chat:${id}`);
    },
    [],
  );
  useEffect(() => {
    if (names || !lost) store.keepFileNames(id, names);
  }, [names, lost]);

  const add = (files: File[]): void => {
    if (whyNot) {
      toast(whyNot, { tone: "danger" });
      return;
    }
    setLost("");
    setAsked(false);
    if (uploads.add(files, largest) > 0) toast(t.tooManyInChat(MOST_CHAT_FILES), { tone: "danger" });
  };
  return {
    ...{ items, largest, mayAttach: largest > 0, whyNot, waiting, lost, add },
    unfinished: asked && items.some(({ state }) => state === "failed"),
    drop: useFileDrop(add),
    forget: () => setLost(""),
    expired: (files) => setLost(files.map(({ name }) => name).join(", ")),
    retry: (key) => uploads.retry(key),
    remove: (key) => uploads.remove(key),
    send: (post) => {
      if (waiting) return;
      setWaiting(true);
      setAsked(false);
      void uploads.settled().then((all) => {
        if (!open.current) return;
        setWaiting(false);
        if (!all) return setAsked(true);
        post(uploads.finished);
        uploads.clear();
        setLost("");
      });
    },
  };
}

/** Puts the text of a message whose files the server has no more back into the draft. False for any other message. */
export function giveBack(store: Store, id: string, commandId: string, files: ChatFiles): boolean {
  const post = store.sessionOf(id).peek()?.pending.find((one) => one.commandId === commandId);
  if (!post?.files || post.error?.code !== "file_not_found") return false;
  if (post.text) store.addToDraft(id, post.text);
  store.discard(id, commandId);
  files.expired(post.files);
  return true;
}
