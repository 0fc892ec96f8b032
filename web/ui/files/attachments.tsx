import { Eye, FileText, Image as ImageSign, Paperclip } from "lucide-preact";
import { useState } from "preact/hooks";

import type { Attachment } from "../../wire/index.ts";
import { IconButton, LazyDialog, lazy } from "../index";
import { ImagePreview } from "./preview";
import { fileTexts as t } from "./texts";
import "./files.css";

// The server found these types by the content, and sends no other file as an image.
const IMAGES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const PDF = "application/pdf";
const pdfPreview = lazy(() => import("./pdf_preview").then((part) => part.PdfPreview));

export interface AttachmentsProps {
  files: readonly Attachment[];
  urlOf: (id: string) => string;
}

/** The files of a note: links that download them, and previews of images and PDF. */
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
  const image = IMAGES.has(contentType);
  const pdf = contentType === PDF;
  const [open, setOpen] = useState(false);
  const Sign = image ? ImageSign : pdf || contentType.startsWith("text/") ? FileText : Paperclip;
  const props = { name, url, onClose: () => setOpen(false) };
  return (
    <div class="attachment">
      {image && (
        <button type="button" class="attachment__thumb" aria-label={t.preview(name)} title={t.preview(name)} onClick={() => setOpen(true)}>
          <img src={url} alt="" loading="lazy" decoding="async" />
          <Eye class="attachment__eye" size={16} aria-hidden="true" />
        </button>
      )}
      <div class="attachment__row">
        <a class="attachment__link" href={url} download={name} aria-label={name} title={name}>
          <Sign size={14} aria-hidden="true" />
          <span class="attachment__name">
            <bdi>{name}</bdi>
          </span>
          <span class="attachment__size">{t.size(size)}</span>
        </a>
        {pdf && <IconButton icon={Eye} size="s" label={t.preview(name)} onClick={() => setOpen(true)} />}
      </div>
      {open && image && <ImagePreview {...props} />}
      {open && pdf && <LazyDialog of={pdfPreview} props={props} />}
    </div>
  );
}
