import { useState } from "preact/hooks";

import { Banner, Button, Dialog, TextArea, toast } from "../../ui";
import { type DirectoryPerson, FormDraft, isBlank, isolated, tidied } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.persons;
const MAX_REASON = 500;

/** Asks for a reason and ends the connections of a person (spec 1.15). */
export function EndConnections({ person: { id = "", name = "" }, onClose }: { person: DirectoryPerson; onClose: () => void }) {
  const { store } = useApp();
  const [draft] = useState(() => new FormDraft(store, `end-connections:${id}`, { reason: "" }));
  const { reason } = draft.values;
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const end = async () => {
    setTried(true);
    if (isBlank(reason) || busy) return;
    setBusy(true);
    setFailure("");
    try {
      toast(t.ended(isolated(name), await store.endConnections(id, tidied(reason))));
      draft.clear();
      onClose();
    } catch (error) {
      setFailure(refusalText(error, t.endFailed));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t.endTitle(isolated(name))}
      text={t.endText}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && void end()}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="danger" busy={busy} onClick={() => void end()}>
            {t.end}
          </Button>
        </>
      }
    >
      <TextArea label={t.reason} value={reason} onInput={(value) => draft.set({ reason: value })} rows={3} maxLength={MAX_REASON} error={tried && isBlank(reason) ? t.reasonMissing : undefined} autofocus required />
      {failure && (
        <div role="alert">
          <Banner tone="danger">{failure}</Banner>
        </div>
      )}
    </Dialog>
  );
}
