import { Download } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { Button, Dialog } from "../index";
import { fileTexts as t } from "./texts";

export interface PreviewProps {
  name: string;
  url: string;
  onClose: () => void;
}

/** The dialog around a preview. `failed`: it says so, and offers the download. */
export function Preview({ name, url, onClose, failed, children }: PreviewProps & { failed: boolean; children: ComponentChildren }) {
  const download = (
    <Button icon={Download} onClick={() => downloadOf(name, url)}>
      {t.download}
    </Button>
  );
  return (
    <Dialog title={name} size="l" onClose={onClose} footer={download}>
      {failed ? <p role="alert">{t.previewFailed}</p> : children}
    </Dialog>
  );
}

// No script runs in an <img>.
export function ImagePreview(props: PreviewProps) {
  const [failed, setFailed] = useState(false);
  return (
    <Preview {...props} failed={failed}>
      <img class="preview__image" src={props.url} alt={props.name} onError={() => setFailed(true)} />
    </Preview>
  );
}

function downloadOf(name: string, url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}
