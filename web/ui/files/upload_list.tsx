import { FileText, Image, RotateCw, TriangleAlert, X } from "lucide-preact";

import { sentenceOf, type Upload } from "../../wire/index.ts";
import { IconButton, classes } from "../index";
import { fileTexts as t } from "./texts";
import "./files.css";

export interface UploadListProps {
  items: readonly Upload[];
  /** The list's accessible name. */
  label?: string;
  /** The note or message did not go because of them. */
  unfinished: boolean;
  /** The largest file, in bytes. */
  most: number;
  onRetry: (key: string) => void;
  onRemove: (key: string) => void;
}

/** The files of a note or message that is being written, with their progress. */
export function UploadList({ items, label = t.list, unfinished, most, onRetry, onRemove }: UploadListProps) {
  if (items.length === 0) return null;
  return (
    <>
      <ul class="uploads" aria-label={label}>
        {items.map((item) => (
          <Item key={item.key} {...{ item, most }} onRetry={() => onRetry(item.key)} onRemove={() => onRemove(item.key)} />
        ))}
      </ul>
      {unfinished && (
        <p class="uploads__unfinished" role="alert">
          {t.unfinished}
        </p>
      )}
    </>
  );
}

function Item({ item, most, onRetry, onRemove }: { item: Upload; most: number; onRetry: () => void; onRemove: () => void }) {
  const { file, state, sent } = item;
  const Sign = file.type.startsWith("image/") ? Image : FileText;
  const tooLarge = item.error?.code === "too_large";
  return (
    <li class={classes("uploads__item", state === "failed" && "uploads__item--failed")}>
      <Sign class="uploads__sign" size={16} aria-hidden="true" />
      <span class="uploads__name" title={file.name}>
        <bdi>{file.name}</bdi>
      </span>
      <span class="uploads__state" role={state === "failed" ? "alert" : undefined}>
        {stateOf(item, most)}
      </span>
      {state === "failed" && !tooLarge && <IconButton icon={RotateCw} size="s" label={t.retry(file.name)} onClick={onRetry} />}
      <IconButton icon={X} size="s" label={t.remove(file.name)} onClick={onRemove} />
      {(state === "waiting" || state === "sending") && <progress class="uploads__progress" aria-label={t.progress(file.name)} value={sent} max={Math.max(1, file.size)} />}
      {file.size === 0 && (
        <span class="uploads__warning">
          <TriangleAlert size={13} aria-hidden="true" /> {t.empty}
        </span>
      )}
    </li>
  );
}

function stateOf({ file, state, sent, error }: Upload, most: number): string {
  if (state === "waiting") return t.waiting;
  if (state === "sending") return t.percent(Math.floor((100 * sent) / Math.max(1, file.size)));
  if (state === "done") return t.size(file.size);
  if (error?.code === "too_large") return t.tooLarge(t.size(most));
  if (error?.code === "upload_not_found") return t.expired;
  return (error && sentenceOf(error)) || t.failed;
}
