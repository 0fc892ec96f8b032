import { Circle, CircleAlert, CircleCheck, LoaderCircle } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Store } from "../../wire/model.ts";
import { Button } from "../button/button";
import { classes } from "../classes";
import { announce } from "../feedback/toast";
import { type Result, pageResult, pushResult, resultOf } from "./checks";
import { notificationTexts } from "./notification_texts";

export type NotificationStore = Pick<Store, "app" | "notify" | "connection" | "tryNow">;

const t = notificationTexts.check;

/** One row for each step on the way of a notification (spec 5.10). */
export function TestRows({ store }: { store: NotificationStore }) {
  return (
    <ul class="checks" aria-label={notificationTexts.list}>
      <PermissionRow store={store} />
      <PageRow store={store} />
      <SoundRow store={store} />
      <PushRow store={store} />
      <ConnectionRow store={store} />
    </ul>
  );
}

interface RowProps {
  name: string;
  result: Result;
  act?: string;
  busy?: boolean;
  onAct?: () => void;
}

const SIGNS = { ok: CircleCheck, wrong: CircleAlert, untried: Circle };

function Row({ name, result: { state, text }, act, busy, onAct }: RowProps) {
  const Sign = busy ? LoaderCircle : SIGNS[state];
  return (
    <li class={classes("check", `check--${busy ? "busy" : state}`)}>
      <Sign size={18} class="check__sign" aria-hidden="true" />
      <div class="check__content">
        <p class="check__text">{busy ? t.running : text}</p>
        <p class="check__name">{name}</p>
      </div>
      {act && onAct && (
        <Button size="s" busy={busy} onClick={onAct}>
          {act}
        </Button>
      )}
    </li>
  );
}

/** Runs a test on a click; its result stays until the next run. */
function useTest(run: () => Promise<Result>): { result: Result | null; busy: boolean; start: () => void } {
  const [result, setResult] = useState<Result | null>(null);
  const [busy, setBusy] = useState(false);
  const gone = useRef(false);
  useEffect(() => () => void (gone.current = true), []);
  const start = async (): Promise<void> => {
    setBusy(true);
    const found = await run().catch((): Result => ({ state: "wrong", text: t.unanswered }));
    if (gone.current) return;
    setResult(found);
    setBusy(false);
    announce(found.text);
  };
  return { result, busy, start: () => void start() };
}

function PermissionRow({ store: { notify } }: { store: NotificationStore }) {
  const permission = notify.permission.value;
  const result: Result = { state: permission === "NOTIFICATION_PERMISSION_GRANTED" ? "ok" : "wrong", text: t.permission[permission] };
  const open = permission === "NOTIFICATION_PERMISSION_DEFAULT";
  return <Row name={t.permission.name} result={result} act={open ? t.permission.act : undefined} onAct={() => void notify.askPermission()} />;
}

function PageRow({ store: { notify } }: { store: NotificationStore }) {
  const { result, busy, start } = useTest(async () => {
    const id = await notify.test("page");
    return resultOf(() => notify.delivery(id), pageResult);
  });
  return <Row name={t.page.name} result={result ?? { state: "untried", text: t.page.todo }} act={t.page.act} busy={busy} onAct={start} />;
}

function SoundRow({ store: { notify } }: { store: NotificationStore }) {
  const { result, busy, start } = useTest(async () => {
    const played = await notify.playSound(notify.preferences.peek().chatSound);
    return played.result === "played" ? { state: "ok", text: t.sound.played } : { state: "wrong", text: t.sound.failed(played.reason) };
  });
  const before: Result = notify.soundBlocked.value ? { state: "wrong", text: t.sound.blocked } : { state: "untried", text: t.sound.todo };
  const shown: Result = notify.preferences.value.sound ? (result ?? before) : { state: "wrong", text: t.sound.off };
  return <Row name={t.sound.name} result={shown} act={t.sound.act} busy={busy} onAct={start} />;
}

function PushRow({ store: { notify } }: { store: NotificationStore }) {
  const { result, busy, start } = useTest(async () => {
    const subscribed = await notify.subscribe();
    if (!subscribed.ok) return { state: "wrong", text: notificationTexts.noPush[subscribed.why] };
    const id = await notify.test({ endpoint: subscribed.endpoint });
    return resultOf(() => notify.delivery(id), pushResult);
  });
  return <Row name={t.push.name} result={result ?? { state: "untried", text: t.push.todo }} act={t.push.act} busy={busy} onAct={start} />;
}

function ConnectionRow({ store }: { store: NotificationStore }) {
  const { state } = store.connection.value;
  const result: Result = { state: state === "connected" ? "ok" : "wrong", text: t.connection[state] };
  return <Row name={t.connection.name} result={result} act={state === "connected" ? undefined : t.connection.act} onAct={() => store.tryNow()} />;
}
