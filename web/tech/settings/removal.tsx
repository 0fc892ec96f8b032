import { useState } from "preact/hooks";

import { AlertDialog, Button } from "../../ui";

interface RemovalProps {
  texts: { title: string; text: string; cancel: string; confirm: string };
  /** Removes the entry, shows what fails, and loads the list: before the dialog closes, so that the focus does not return to a removed row. */
  remove: () => Promise<void>;
  onClose: () => void;
}

/** Asks before an entry of a list is removed. */
export function Removal({ texts, remove, onClose }: RemovalProps) {
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    await remove();
    onClose();
  };
  return (
    <AlertDialog
      title={texts.title}
      text={texts.text}
      onClose={onClose}
      footer={
        <>
          <Button autofocus onClick={onClose}>
            {texts.cancel}
          </Button>
          <Button variant="danger" busy={busy} onClick={() => void confirm()}>
            {texts.confirm}
          </Button>
        </>
      }
    />
  );
}
