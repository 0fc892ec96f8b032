// The calls about canned replies (engineers, spec 13.1).
import type { CannedReply, CannedReplyList } from "./proto.ts";
import type { Rest } from "./rest.ts";

export type CannedReplies = {
  list(): Promise<CannedReplyList>;
  /** Adds the reply or replaces the one with its id. The desk's: admins. */
  put(reply: CannedReply, ofDesk: boolean): Promise<void>;
  remove(id: string, ofDesk: boolean): Promise<void>;
};

export function createCannedReplies(rest: Rest): CannedReplies {
  return {
    list: () => rest.get<CannedReplyList>("/canned-replies"),
    put: (reply, ofDesk) => rest.write<void>("PUT", "/canned-replies", { reply, ofDesk }),
    remove: (id, ofDesk) => rest.write<void>("DELETE", `/canned-replies/${encodeURIComponent(id)}`, { ofDesk }),
  };
}
