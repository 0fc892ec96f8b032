import { Pencil, Plus, Trash2 } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { collator } from "../../languages/language.ts";
import { Button, ErrorState, IconButton, Skeleton } from "../../ui";
import { Section } from "../../ui/surface/section";
import type { CannedReply } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isAdminOfDesk } from "../people";
import { tryChange } from "../refusal";
import { Removal } from "../settings/removal";
import "./replies.css";
import { ReplyForm } from "./reply_form";
import { replyTexts as t } from "./reply_texts";

type Open = { what: "form"; reply?: CannedReply; ofDesk: boolean } | { what: "remove"; reply: CannedReply; ofDesk: boolean };

/** The engineer's canned replies, and the desk's, which admins change (spec 13.1). Each change applies at once. */
export function CannedRepliesSection() {
  const { store, replies } = useApp();
  const [open, setOpen] = useState<Open | null>(null);
  const loaded = replies.loaded.value;
  const close = () => setOpen(null);
  const remove = async ({ replyId = "" }: CannedReply, ofDesk: boolean) => {
    await tryChange(`reply:${replyId}`, () => store.cannedReplies.remove(replyId, ofDesk), t.changeFailed);
    await replies.load();
  };
  useEffect(() => void replies.load(), [store.starts.value]);
  return (
    <Section title={t.title} lead={t.lead}>
      {!loaded && !replies.failed.value && <Skeleton label={t.loading} rows={2} />}
      {!loaded && replies.failed.value && <ErrorState compact title={t.failed} onRetry={() => void replies.load()} />}
      {loaded && <List name={t.yours} none={t.yoursNone} replies={loaded.own} ofDesk={false} onOpen={setOpen} />}
      {loaded && <List name={t.desks} none={t.desksNone} replies={loaded.ofDesk} ofDesk onOpen={isAdminOfDesk(store.me.value) ? setOpen : undefined} />}
      {open?.what === "form" && <ReplyForm reply={open.reply} ofDesk={open.ofDesk} onClose={close} />}
      {open?.what === "remove" && (
        <Removal texts={{ ...t.removal, text: t.removal.text(open.reply.title ?? "") }} remove={() => remove(open.reply, open.ofDesk)} onClose={close} />
      )}
    </Section>
  );
}

interface ListProps {
  name: string;
  none: string;
  replies: readonly CannedReply[];
  ofDesk: boolean;
  /** Without it, the replies can only be read. */
  onOpen?: (open: Open) => void;
}

function List({ name, none, replies, ofDesk, onOpen }: ListProps) {
  const sorted = [...replies].sort((one, other) => collator.compare(one.title ?? "", other.title ?? ""));
  return (
    <div class="replies" role="group" aria-label={name}>
      <h3>{name}</h3>
      {replies.length === 0 && <p class="replies__none">{none}</p>}
      {replies.length > 0 && (
        <ul>
          {sorted.map((reply) => (
            <li key={reply.replyId} class="replies__one">
              <div class="replies__texts">
                <strong dir="auto">{reply.title}</strong>
                <p dir="auto">{reply.text}</p>
              </div>
              {onOpen && (
                <>
                  <IconButton size="s" icon={Pencil} label={t.edit(reply.title ?? "")} onClick={() => onOpen({ what: "form", reply, ofDesk })} />
                  <IconButton size="s" icon={Trash2} label={t.remove(reply.title ?? "")} onClick={() => onOpen({ what: "remove", reply, ofDesk })} />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {onOpen && (
        <div>
          <Button size="s" icon={Plus} label={t.addOf(name)} onClick={() => onOpen({ what: "form", ofDesk })}>
            {t.add}
          </Button>
        </div>
      )}
    </div>
  );
}
