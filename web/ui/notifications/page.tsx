import { useEffect, useState } from "preact/hooks";

import { ErrorState, Skeleton } from "../feedback/states";
import "./page.css";
import { Preferences } from "./preferences";
import { Section } from "./section";
import { type NotificationStore, TestRows } from "./test_rows";
import { notificationTexts } from "./notification_texts";

/** Preferences and tests of notifications, the same in both apps (spec 5.10, 5.12). */
export function NotificationsPage({ store }: { store: NotificationStore }) {
  const [state, setState] = useState<"loading" | "loaded" | "failed">("loading");
  const load = () => {
    store.notify.loadPreferences().then(
      () => setState("loaded"),
      () => setState("failed"),
    );
  };
  useEffect(load, []);
  return (
    <div class="notify">
      <h1 class="notify__title">{notificationTexts.heading}</h1>
      {state === "loading" && <Skeleton label={notificationTexts.loading} rows={3} shape="cards" />}
      {state === "failed" && <ErrorState compact title={notificationTexts.loadFailed} onRetry={load} />}
      {state === "loaded" && <Preferences store={store} />}
      <Section {...notificationTexts.tests}>
        <TestRows store={store} />
      </Section>
    </div>
  );
}
