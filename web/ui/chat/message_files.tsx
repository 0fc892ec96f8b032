import { lazy, usePart } from "../lazy/lazy";
import type { SentFile } from "./model";
import "./message_files.css";

// Most chats have no files.
export const ATTACHMENTS = lazy(() => import("../files/attachments").then((part) => part.Attachments));

/** Whether the files' part is loaded, for a log that has some: the files are then higher than before. */
export function useFilesShown(some: boolean): boolean {
  return typeof usePart(some ? ATTACHMENTS : null, { reload: false }) === "function";
}

/** The files of a message. Until the part that shows them is loaded, and if it cannot be, they are plain links. Those of a message that is not sent yet cannot be downloaded. */
export function MessageFiles({ files, sent }: { files: readonly SentFile[]; sent: boolean }) {
  const Part = usePart(sent ? ATTACHMENTS : null, { reload: false });
  if (typeof Part === "function") return <Part files={files} urlOf={(id) => files.find((file) => file.id === id)?.url ?? ""} />;
  return (
    <ul class="chat-log__files">
      {files.map(({ id, name, url }) => (
        <li key={id} class="chat-log__file">
          {sent ? (
            <a href={url} download={name}>
              <bdi>{name}</bdi>
            </a>
          ) : (
            <bdi>{name}</bdi>
          )}
        </li>
      ))}
    </ul>
  );
}
