import { Attachments } from "../files/attachments";
import type { SentFile } from "./model";

/** The files of a message. Those of one that is not sent yet cannot be downloaded, so only their names show. */
export function MessageFiles({ files, sent }: { files: readonly SentFile[]; sent: boolean }) {
  if (sent) return <Attachments files={files} urlOf={(id) => files.find((file) => file.id === id)?.url ?? ""} />;
  return (
    <ul class="attachments">
      {files.map(({ id, name }) => (
        <li key={id} class="chat-log__file">
          <bdi>{name}</bdi>
        </li>
      ))}
    </ul>
  );
}
