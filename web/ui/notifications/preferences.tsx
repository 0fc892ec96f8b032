import { CircleAlert, Info, Play } from "lucide-preact";
import { useState } from "preact/hooks";

import type { Preferences as Values } from "../../wire/preferences.ts";
import { SOUND_NAMES } from "../../wire/sound.ts";
import { Button } from "../button/button";
import { settled, toast } from "../feedback/toast";
import { Switch } from "../field/choice";
import { Select } from "../field/field";
import { Slider } from "../field/slider";
import { Section } from "../surface/section";
import { Banner } from "../surface/surface";
import type { NotificationStore } from "./test_rows";
import { notificationTexts } from "./notification_texts";

type Props = { store: NotificationStore };

/** What the person wants of notifications (spec 5.12). Each change is saved at once. */
export function Preferences({ store }: Props) {
  return (
    <>
      <SoundSection store={store} />
      <OutsideSection store={store} />
    </>
  );
}

function change({ notify }: NotificationStore, values: Partial<Values>): void {
  notify.changePreferences(values).then(
    () => settled("preferences"),
    () => toast(notificationTexts.saveFailed, { tone: "danger", about: "preferences" }),
  );
}

function SoundSection({ store }: Props) {
  const { sound, volume } = store.notify.preferences.value;
  const [label, hint] = notificationTexts.sound;
  const louder = (value: number): void => {
    change(store, { volume: value });
    void store.notify.playSound(store.notify.preferences.peek().chatSound);
  };
  return (
    <Section {...notificationTexts.sounds}>
      <Switch label={label} hint={hint} checked={sound} onChange={(checked) => change(store, { sound: checked })} />
      <Slider label={notificationTexts.volume} value={volume} onChange={louder} disabled={!sound} />
      <SoundChoice store={store} field="chatSound" />
      <SoundChoice store={store} field="messageSound" />
    </Section>
  );
}

function SoundChoice({ store, field }: Props & { field: "chatSound" | "messageSound" }) {
  const { [field]: name, sound } = store.notify.preferences.value;
  const play = (which: string): void => {
    void store.notify.playSound(which).then((played) => played.result !== "played" && toast(notificationTexts.check.sound.failed(played.reason), { tone: "danger" }));
  };
  const choose = (chosen: string): void => {
    change(store, { [field]: chosen });
    play(chosen);
  };
  return (
    <div class="notify__sound">
      <Select label={notificationTexts[field]} value={name} options={SOUND_NAMES.map((value) => ({ value, label: notificationTexts.names[value]! }))} onInput={choose} disabled={!sound} />
      <Button icon={Play} label={notificationTexts.playNamed(notificationTexts[field])} onClick={() => play(name)}>
        {notificationTexts.play}
      </Button>
    </div>
  );
}

function OutsideSection({ store }: Props) {
  const { notify } = store;
  const permission = notify.permission.value;
  const granted = permission === "NOTIFICATION_PERMISSION_GRANTED";
  const [label, hint] = notificationTexts.browser;
  const turn = async (on: boolean): Promise<void> => {
    if (on && (await notify.askPermission()) !== "NOTIFICATION_PERMISSION_GRANTED") return;
    change(store, { browserNotifications: on });
  };
  return (
    <Section {...notificationTexts.outside}>
      <Switch label={label} hint={hint} checked={granted && notify.preferences.value.browserNotifications} onChange={(on) => void turn(on)} />
      {permission === "NOTIFICATION_PERMISSION_DEFAULT" && <Banner icon={Info}>{notificationTexts.notAllowed}</Banner>}
      {permission === "NOTIFICATION_PERMISSION_DENIED" && (
        <Banner tone="warn" icon={CircleAlert}>
          {notificationTexts.howToAllow}
        </Banner>
      )}
      {permission === "NOTIFICATION_PERMISSION_UNSUPPORTED" && (
        <Banner tone="warn" icon={CircleAlert}>
          {notificationTexts.unsupported}
        </Banner>
      )}
      <PushSwitch store={store} />
    </Section>
  );
}

/** On only if this browser is subscribed, because the preference is for all devices and the subscription for this one. */
function PushSwitch({ store }: Props) {
  const { notify } = store;
  const wanted = notify.preferences.value.pushWhenAway;
  const granted = notify.permission.value === "NOTIFICATION_PERMISSION_GRANTED";
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const [label, hint] = notificationTexts.push[store.app];
  const turn = async (on: boolean): Promise<void> => {
    setBusy(true);
    setFailure("");
    try {
      if (!on) {
        await notify.changePreferences({ pushWhenAway: false });
        return await notify.unsubscribe();
      }
      await notify.askPermission();
      const result = await notify.subscribe();
      if (!result.ok) return setFailure(notificationTexts.noPush[result.why]);
      await notify.changePreferences({ pushWhenAway: true });
    } catch {
      toast(notificationTexts.saveFailed, { tone: "danger", about: "preferences" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Switch label={label} hint={busy ? notificationTexts.pushBusy : hint} checked={wanted && granted && notify.subscribed.value} disabled={busy} onChange={(on) => void turn(on)} />
      {failure && (
        <div role="alert">
          <Banner tone="warn" icon={CircleAlert}>
            {failure}
          </Banner>
        </div>
      )}
    </>
  );
}
