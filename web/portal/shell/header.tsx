import { Bell, LogOut } from "lucide-preact";

import { Avatar, Brand, Menu, NotificationLine, choosePersonsLanguage, classes, languageEntries, second, themeEntries, toast, uiTexts, type MenuEntry } from "../../ui";
import { keptUploads } from "../../ui/files/kept_uploads";
import { sentence } from "../load";
import { go, paths, route } from "../router";
import { useStore } from "../store_context";
import { isLive } from "../support/mine";
import { texts } from "../texts";
import "./header.css";

export function Header() {
  const store = useStore();
  const me = store.me.value;
  return (
    <header class="top">
      <div class="top__row">
        <a class="top__home" href={paths.support}>
          <Brand bare size={28} />
          <span class="top__desk" dir="auto">{me?.desk?.name ?? ""}</span>
        </a>
        <nav class="top__nav" aria-label={texts.nav}>
          <PageLink to={paths.tickets} here={route.value.page !== "support" && route.value.page !== "notifications"}>
            {texts.tickets}
          </PageLink>
          <PageLink to={paths.support} here={route.value.page === "support"}>
            {texts.support}
          </PageLink>
        </nav>
        {me && <Account id={me.person?.id ?? ""} name={me.person?.name ?? ""} />}
      </div>
      <ConnectionState />
      <NotificationState />
    </header>
  );
}

function PageLink({ to, here, children }: { to: string; here: boolean; children: string }) {
  return (
    <a href={to} class={classes("top__link", here && "top__link--here")} aria-current={here ? "page" : undefined}>
      {children}
    </a>
  );
}

function Account({ id, name }: { id: string; name: string }) {
  const store = useStore();
  const signOut = () => {
    if (keptUploads(store).maySignOut()) store.signOut().catch((error) => toast(sentence(error), { tone: "danger" }));
  };
  const entries: MenuEntry[] = [
    { kind: "heading", label: name },
    ...themeEntries(),
    ...languageEntries((next) => choosePersonsLanguage(store.notify, next)),
    { kind: "separator" },
    {
      ...{ kind: "item", label: texts.notifications, icon: Bell, hint: uiTexts.notify.permission[store.notify.permission.value] },
      onSelect: () => go(paths.notifications),
    },
    { kind: "item", label: texts.signOut, icon: LogOut, onSelect: signOut },
  ];
  return (
    <Menu label={texts.account(name)} title={name} entries={entries} class="top__account">
      {/* Without a connection nobody sees this person as present. */}
      <Avatar id={id} name={name} size="m" presence={store.connection.value.state === "connected" ? undefined : "offline"} />
    </Menu>
  );
}

/** Notifications matter to a customer only while they have a chat. */
function NotificationState() {
  const { notify, sessions } = useStore();
  const inChat = [...sessions.value.values()].some((view) => isLive(view.card));
  return inChat ? <NotificationLine notify={notify} offer={texts.offerNotifications} /> : null;
}

/** The connection state: a small sign while connected, else a strip with text and a button. */
function ConnectionState() {
  const store = useStore();
  const connection = store.connection.value;
  const seconds = connection.state === "reconnecting" && connection.retryAt ? Math.ceil((connection.retryAt - Date.now()) / 1000) : 0;
  // Rendered each second, only during the countdown.
  if (connection.state === "reconnecting") void second.value;
  const text = connection.state === "connected" ? texts.connected : connection.state === "offline" ? texts.offline : texts.reconnecting(seconds);
  return (
    <div class={classes("connection", `connection--${connection.state}`)}>
      <span role="status" class="connection__text">
        {connection.state === "reconnecting" ? <Counted text={text} /> : text}
      </span>
      {connection.state !== "connected" && (
        <button type="button" class="connection__try" onClick={() => store.tryNow()}>
          {texts.tryNow}
        </button>
      )}
    </div>
  );
}

// Assistive technology reads the state once, not each second.
function Counted({ text }: { text: string }) {
  return (
    <>
      <span aria-hidden="true">{text}</span>
      <span class="unseen">{texts.reconnecting(0)}</span>
    </>
  );
}
