// The calls for the files of messages (spec 13.5).
import type { Store } from "./model.ts";
import type { ChatFile } from "./proto.ts";
import { query, type Rest } from "./rest.ts";
import { tidied } from "./text.ts";

export function createChatFiles(base: string, rest: Rest): Pick<Store, "uploadFile" | "fileUrl"> {
  const path = (id: string): string => `/chats/${encodeURIComponent(id)}/files`;
  return {
    uploadFile: async (id, file, sending) => {
      const named = query({ command: sending.commandId, name: tidied(file.name) });
      return (await rest.upload<{ file?: ChatFile }>(path(id) + named, file, sending)).file ?? {};
    },
    fileUrl: (id, fileId) => `${base}${path(id)}/${encodeURIComponent(fileId)}`,
  };
}
