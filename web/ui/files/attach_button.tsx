import { Paperclip } from "lucide-preact";
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";

import { Button, IconButton } from "../index";
import { fileTexts as t } from "./texts";

/** Opens the browser's choice of files. */
export function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button variant="ghost" size="s" icon={Paperclip} onClick={() => input.current?.click()}>
        {t.attach}
      </Button>
      <FileInput input={input} onFiles={onFiles} />
    </>
  );
}

/** The same as an icon, for a composer. `whyNot`: disables it. */
export function AttachIcon({ onFiles, whyNot }: { onFiles: (files: File[]) => void; whyNot?: string }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton icon={Paperclip} size="s" label={t.attach} hint={whyNot} disabled={Boolean(whyNot)} onClick={() => input.current?.click()} />
      <FileInput input={input} onFiles={onFiles} />
    </>
  );
}

function FileInput({ input, onFiles }: { input: RefObject<HTMLInputElement | null>; onFiles: (files: File[]) => void }) {
  return (
    <input
      ref={input}
      type="file"
      multiple
      hidden
      onChange={({ currentTarget }) => {
        onFiles([...(currentTarget.files ?? [])]);
        // The same file can be chosen again.
        currentTarget.value = "";
      }}
    />
  );
}
