import { useState } from "preact/hooks";

import { Button, Dialog, Field, serverNow, shortMoment, toast, typedMoment } from "../../ui";
import { useApp } from "../app_state";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { texts } from "../texts";

const t = texts.noAnswer;
const HOUR = 3_600_000;
const STEP = 300_000;
const AT_MOST = 14 * 24 * HOUR;

/** Records that nobody answered a call-back, and when to call again (spec 4.14). */
export function NoAnswerDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const { store } = useApp();
  const card = store.cards.value.get(sessionId) ?? {};
  const [typed, setTyped] = useState(() => typedMoment(Math.ceil((serverNow() + HOUR) / STEP) * STEP));
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");

  const change = (part: Partial<typeof typed>) => {
    setTyped({ ...typed, ...part });
    setWrong("");
  };
  const save = async () => {
    if (busy) return;
    const nextCallAt = new Date(`${typed.day}T${typed.time}`).getTime();
    const ahead = nextCallAt - serverNow();
    if (!(ahead > 0 && ahead <= AT_MOST)) return setWrong(t.wrong);
    setBusy(true);
    setWrong("");
    try {
      await store.postponeCallback(sessionId, new Date(nextCallAt).toISOString());
      toast(t.saved(shortMoment(nextCallAt, serverNow())));
      onClose();
    } catch (error) {
      setWrong(refusalText(error, t.failed));
      setBusy(false);
    }
  };
  const footer = (
    <>
      <Button onClick={onClose}>{t.cancel}</Button>
      <Button variant="primary" busy={busy} onClick={() => void save()}>
        {t.save}
      </Button>
    </>
  );
  return (
    <Dialog title={t.title} text={card.title} onClose={onClose} footer={footer} onKeyDown={(event) => isSubmit(event) && void save()}>
      <Field label={t.day} type="date" autofocus value={typed.day} onInput={(day) => change({ day })} />
      <Field label={t.time} type="time" value={typed.time} onInput={(time) => change({ time })} error={wrong || undefined} />
    </Dialog>
  );
}
