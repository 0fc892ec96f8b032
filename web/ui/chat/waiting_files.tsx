import { X } from "lucide-preact";

import { IconButton } from "../button/button";
import type { ChatFiles } from "../files/chat_files";
import { fileTexts as t } from "../files/texts";
import { UploadList } from "../files/upload_list";

/** The files of the message in the composer, and what keeps them from going. */
export function WaitingFiles({ files }: { files: ChatFiles }) {
  const { items, unfinished, largest, waiting, lost, forget, retry, remove } = files;
  return (
    <div class="composer__files">
      {lost && (
        <p class="composer__lost" role="status">
          <span>{t.lost(lost)}</span>
          <IconButton icon={X} size="s" label={t.dismissLost} onClick={forget} />
        </p>
      )}
      <UploadList items={items} label={t.chatList} unfinished={unfinished} most={largest} onRetry={retry} onRemove={remove} />
      <p class="composer__later" role="status">
        {waiting && t.sendsLater}
      </p>
    </div>
  );
}
