import { Download, Eye, FileText, Image as ImageSign, Paperclip } from "lucide-preact";
import { useState } from "preact/hooks";

import type { Attachment } from "../../wire/index.ts";
import { Button } from "../button/button";
import { Dialog } from "../dialog/dialog";
import { fileTexts as t } from "./texts";
import "./files.css";

// No script runs in an <img>, and the server sends only these types as images.
const IMAGES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

export interface AttachmentsProps {
  files: readonly Attachment[];
  urlOf: (id: string) => string;
}

/** The files of a note: links that download them, and previews of images. */
export function Attachments({ files, urlOf }: AttachmentsProps) {
  if (files.length === 0) return null;
  return (
    <ul class="attachments">
      {files.map((file) => (
        <li key={file.id}>
          <One file={file} url={urlOf(file.id ?? "")} />
        </li>
      ))}
    </ul>
  );
}

function One({ file, url }: { file: Attachment; url: string }) {
  const { name = "", size = 0, contentType = "" } = file;
  const image = IMAGES.has(contentType) && size > 0;
  const [open, setOpen] = useState(false);
  const Sign = image ? ImageSign : contentType.startsWith("text/") || contentType === "application/pdf" ? FileText : Paperclip;
  return (
    <div class="attachment">
      {image && (
        <button type="button" class="attachment__thumb" aria-label={t.preview(name)} title={t.preview(name)} onClick={() => setOpen(true)}>
          <img src={url} alt="" loading="lazy" decoding="async" />
          <Eye class="attachment__eye" size={16} aria-hidden="true" />
        </button>
      )}
      <a class="attachment__link" href={url} download={name} aria-label={name}>
        <Sign size={14} aria-hidden="true" />
        <span class="attachment__name">
          <bdi>{name}</bdi>
        </span>
        <span class="attachment__size">{t.size(size)}</span>
      </a>
      {open && <ImagePreview {...{ name, url }} onClose={() => setOpen(false)} />}
    </div>
  );
}

function ImagePreview({ name, url, onClose }: { name: string; url: string; onClose: () => void }) {
  const [failed, setFailed] = useState(false);
  return (
    <Dialog title={name} size="l" class="preview" onClose={onClose} footer={<DownloadLink {...{ name, url }} />}>
      {failed ? <p role="alert">{t.previewFailed}</p> : <img class="preview__image" src={url} alt={name} onError={() => setFailed(true)} />}
    </Dialog>
  );
}

function DownloadLink({ name, url }: { name: string; url: string }) {
  return (
    <Button variant="secondary" icon={Download} onClick={() => downloadOf(name, url)}>
      {t.download}
    </Button>
  );
}

function downloadOf(name: string, url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}
