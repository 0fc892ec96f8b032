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

interface FrameProps extends PreviewProps {
  /** It says so, and offers the download. */
  failed: boolean;
  children: ComponentChildren;
  /** Beside the download, where a long page does not push it out of sight. */
  pager?: ComponentChildren;
  onKeyDown?: (event: KeyboardEvent) => void;
}

/** The dialog around a preview. */
export function Preview({ name, url, onClose, failed, children, pager, onKeyDown }: FrameProps) {
  const footer = (
    <>
      {pager}
      <Button icon={Download} onClick={() => downloadOf(name, url)}>
        {t.download}
      </Button>
    </>
  );
  return (
    <Dialog title={name} size="l" onClose={onClose} footer={footer} onKeyDown={onKeyDown}>
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
