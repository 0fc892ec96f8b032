import { useEffect, useState } from "preact/hooks";

import { ErrorState, Skeleton } from "../feedback/states";
import { Section } from "../surface/section";
import "./page.css";
import { Preferences } from "./preferences";
import { type NotificationStore, TestRows } from "./test_rows";
import { words } from "./words";

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
      <h1 class="notify__title">{words.heading}</h1>
      {state === "loading" && <Skeleton label={words.loading} rows={3} shape="cards" />}
      {state === "failed" && <ErrorState compact title={words.loadFailed} onRetry={load} />}
      {state === "loaded" && <Preferences store={store} />}
      <Section {...words.tests}>
        <TestRows store={store} />
      </Section>
    </div>
  );
}
