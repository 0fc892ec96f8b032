import { CircleHelp, EllipsisVertical, Mail, Phone, Ticket } from "lucide-preact";
import type { ComponentChildren } from "preact";

import { Avatar, Button, Card, Chip, FormattedText, Menu, type MenuItem, Time, WaitCounter, duration, toMs } from "../../ui";
import { isolated, shownPhone, telLink, type SessionCard } from "../../wire/index.ts";
import { Wait } from "../alerts/wait";
import { type AppState, useApp } from "../app_state";
import { presenceState } from "../people";
import { Link } from "../router";
import { texts } from "../texts";
import { busy, join, leave, mayLeave, pushChat } from "./acts";
import { outcomeOf } from "./pushes";
import { isAsked, isInvited, sinceOf, type TabKey } from "./tabs";
import { Tries } from "./tries";
import { AskedToTakeOver, TransferAnswers } from "./transfer";

/** One session as a card (spec 6.2): ticket, title, times and actions. */
export function SessionCardView({ card, tab }: { card: SessionCard; tab: TabKey }) {
  const app = useApp();
  const { title = "", customer = {}, companyName } = card;
  return (
    <Card name={title} class="session-card" padded={false}>
      <header class="session-card__head">
        <Avatar id={customer.id ?? ""} name={customer.name ?? ""} size="s" presence={presenceState(app.store.presenceOf(customer.id ?? "").value)} named />
        <span class="session-card__who">
          <strong>
            <bdi>{customer.name}</bdi>
          </strong>
          {companyName && <> · <bdi>{companyName}</bdi></>}
        </span>
        <Chip>
          <Time at={card.openedAt ?? ""} />
        </Chip>
        <Menu label={texts.sessions.menu} class="button button--icon button--ghost button--s" entries={[whyEntry(app, card.sessionId ?? "")]}>
          <EllipsisVertical size={15} aria-hidden="true" />
        </Menu>
      </header>
      <h3 class="session-card__title" title={title} dir="auto">
        {title}
      </h3>
      <div class="session-card__facts">
        {card.ticketId && (
          <Link to={{ page: "ticket", id: card.ticketId }} class="session-card__ticket">
            <Ticket size={13} aria-hidden="true" /> #{card.ticketNumber}
          </Link>
        )}
        <Facts card={card} tab={tab} app={app} />
      </div>
      {(tab === "abandoned" || tab === "callbacks") && <Reach card={card} tab={tab} />}
      <div class="session-card__acts">
        <Acts card={card} tab={tab} app={app} />
      </div>
    </Card>
  );
}

/** The menu entry that explains the session's alert (spec 5.11). */
export function whyEntry(app: AppState, sessionId: string): MenuItem {
  return { kind: "item", label: texts.why.ask, icon: CircleHelp, onSelect: () => (app.dialog.value = { kind: "why", sessionId }) };
}

/** Whether an engineer may create a ticket from the session: it has none, and will have none by itself. */
export function mayBecomeTicket({ customer, ticketId, ticketLink }: SessionCard): boolean {
  return Boolean(customer?.id) && !ticketId && ticketLink !== "TICKET_LINK_PENDING";
}

interface PartProps {
  card: SessionCard;
  tab: TabKey;
  app: AppState;
}

function Facts({ card, tab, app }: PartProps): ComponentChildren {
  if (tab === "waiting") {
    return (
      <>
        {isAsked(card, app.me.value.id ?? "") && <AskedToTakeOver by={card.transfer?.by?.name ?? ""} until={card.transfer?.expiresAt ?? ""} />}
        {isInvited(card, app.me.value.id ?? "") && <Invited card={card} me={app.me.value.id ?? ""} />}
        {card.unattended && <Wait label={texts.sessions.unattended} since={sinceOf(card)} />}
        {card.status === "CHAT_STATUS_WAITING" && <Wait label={texts.sessions.waits} since={sinceOf(card)} />}
      </>
    );
  }
  if (tab === "mine") {
    const unread = app.store.sessions.value.get(card.sessionId ?? "")?.unread.count ?? 0;
    return (
      <>
        {card.status === "CHAT_STATUS_COMPLETED" && <Chip>{texts.sessions.ended}</Chip>}
        {card.status === "CHAT_STATUS_WAITING" && <Chip tone="warn">{texts.sessions.pushWaiting}</Chip>}
        {unread > 0 && (
          <Chip tone="accent">
            {texts.sessions.newMessages(unread)}
          </Chip>
        )}
      </>
    );
  }
  if (tab === "abandoned" && card.closedAt) {
    const view = app.store.sessions.value.get(card.sessionId ?? "");
    const outcome = view && outcomeOf(view);
    return (
      <>
        {outcome && <Chip tone="warn">{texts.sessions.answers[outcome]}</Chip>}
        <span>
          {texts.sessions.waited} <span class="tabular">{duration((toMs(card.closedAt) - toMs(sinceOf(card))) / 1000)}</span>
        </span>
      </>
    );
  }
  return null;
}

function Invited({ card, me }: { card: SessionCard; me: string }) {
  const invitation = card.invitations?.find(({ engineer }) => engineer?.id === me);
  if (!invitation?.at) return <Chip tone="accent">{texts.sessions.invited}</Chip>;
  return (
    <span>
      {texts.alerts.invited(isolated(invitation.by?.name ?? ""))} <WaitCounter since={invitation.at} />
    </span>
  );
}

/** How to reach the customer: the call-back that they asked for, or the contact of an abandoned chat. */
export function Reach({ card, tab }: { card: SessionCard; tab: TabKey }) {
  const wish = tab === "callbacks" ? card.callback : undefined;
  const called = wish ?? card.contact ?? {};
  const mail = card.contact?.email;
  return (
    <div class="session-card__reach">
      {called.phone && (
        <a href={telLink(called)}>
          <Phone size={13} aria-hidden="true" /> {texts.sessions.call(shownPhone(called))}
        </a>
      )}
      {wish?.unconfirmed && <p class="session-card__unconfirmed">{texts.sessions.unconfirmed}</p>}
      {mail && tab === "abandoned" && (
        <a href={`mailto:${mail}`}>
          <Mail size={13} aria-hidden="true" /> {texts.sessions.mail(mail)}
        </a>
      )}
      {wish?.byChat && <p>{texts.sessions.byChat}</p>}
      {wish?.note && <div class="session-card__note" dir="auto"><FormattedText text={wish.note} /></div>}
      <Tries card={card} open={card.status === "CHAT_STATUS_CALLBACK"} />
      {wish && (
        <p>
          {wish.windows?.length
            ? wish.windows.map((window) => (
                <span key={window.from} class="session-card__window">
                  <Time at={window.from ?? ""} /> – <Time at={window.until ?? ""} short />
                </span>
              ))
            : texts.sessions.anyTime}
        </p>
      )}
    </div>
  );
}

function Acts({ card, tab, app }: PartProps) {
  const id = card.sessionId ?? "";
  const working = busy.value.has(id);
  const show = () => app.windows.open(id);
  if (tab === "waiting" && isAsked(card, app.me.value.id ?? "")) return <TransferAnswers app={app} sessionId={id} />;
  if (tab === "waiting") {
    return (
      <Button size="s" variant="primary" busy={working} onClick={() => void join(app, id)}>
        {texts.sessions.join}
      </Button>
    );
  }
  if (tab === "mine") {
    const free = mayLeave(app, card);
    return (
      <>
        <Button size="s" variant="primary" onClick={show}>
          {texts.sessions.open}
        </Button>
        <Button size="s" busy={working} disabled={!free} hint={free ? undefined : texts.sessions.whyNotLeave} onClick={() => void leave(app, card)}>
          {texts.sessions.leave}
        </Button>
      </>
    );
  }
  const presence = app.store.presenceOf(card.customer?.id ?? "").value;
  return (
    <>
      <Button size="s" variant="primary" onClick={() => (app.dialog.value = { kind: "close", sessionId: id })}>
        {texts.sessions.end}
      </Button>
      {tab === "callbacks" && (
        <Button size="s" onClick={() => (app.dialog.value = { kind: "noAnswer", sessionId: id })}>
          {texts.sessions.noAnswer}
        </Button>
      )}
      <Button size="s" onClick={show}>
        {texts.sessions.view}
      </Button>
      {mayBecomeTicket(card) && (
        <Button size="s" onClick={() => (app.dialog.value = { kind: "ticket", sessionId: id })}>
          {texts.newTicket.open}
        </Button>
      )}
      {tab === "abandoned" && card.onTicket && (
        <Button
          size="s"
          disabled={presence !== "PRESENCE_ONLINE"}
          hint={presence === "PRESENCE_ONLINE" ? undefined : texts.sessions.notOnline(card.customer?.name ?? "")}
          busy={busy.value.has(card.ticketId ?? "")}
          onClick={() => void pushChat(app, card.ticketId ?? "")}
        >
          {texts.sessions.push}
        </Button>
      )}
    </>
  );
}
