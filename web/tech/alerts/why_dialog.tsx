import { Check, X } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Banner, Button, Dialog, EmptyState, ErrorState, PersonLine, Skeleton, exactMoment, serverNow } from "../../ui";
import { type AlertExplanation, type AlertFact, type Person, isolated } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { seesOthers } from "../people";
import { refusalText } from "../refusal";
import { texts } from "../texts";
import { EngineerPick } from "./engineer_pick";
import "./why_dialog.css";

const t = texts.why;
type Delivery = NonNullable<AlertExplanation["deliveries"]>[number];

/** Why a session alerted an engineer or not, and what became of each notification (spec 5.11). */
export function WhyDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const { store, me } = useApp();
  const [person, setPerson] = useState<Person>(me.peek());
  const [choosing, setChoosing] = useState(false);
  const card = store.cards.value.get(sessionId) ?? store.sessionOf(sessionId).value?.card;
  const choose = (chosen: Person) => {
    setPerson(chosen);
    setChoosing(false);
  };
  return (
    <Dialog title={t.ask} text={card?.title} onClose={onClose}>
      <div class="why__person">
        <PersonLine id={person.id ?? ""} name={person.name ?? ""} side="engineer" />
        {seesOthers(store.me.value) && !choosing && (
          <Button size="s" onClick={() => setChoosing(true)}>
            {t.change}
          </Button>
        )}
      </div>
      {choosing ? <EngineerPick onPick={choose} /> : <Explanation key={person.id} sessionId={sessionId} person={person} />}
    </Dialog>
  );
}

function Explanation({ sessionId, person }: { sessionId: string; person: Person }) {
  const { store } = useApp();
  const [found, setFound] = useState<AlertExplanation | null>(null);
  const [failed, setFailed] = useState("");
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let over = false;
    setFailed("");
    store.alerting.explain(sessionId, person.id ?? "").then(
      (answer) => !over && setFound(answer),
      (error: unknown) => !over && setFailed(refusalText(error, t.failed)),
    );
    return () => void (over = true);
  }, [asked]);
  if (failed) {
    return (
      <ErrorState title={t.failed} onRetry={() => setAsked((count) => count + 1)} compact>
        {failed === t.failed ? undefined : failed}
      </ErrorState>
    );
  }
  if (!found) return <Skeleton label={t.loading} rows={4} />;
  const { alerted, deliveries = [] } = found;
  // Both decisions list some of the same facts, so duplicates are removed.
  const facts = (found.facts ?? []).filter((fact, index, all) => all.findIndex(({ text, at }) => text === fact.text && at === fact.at) === index);
  const name = isolated(person.name ?? "");
  const against = facts.find((fact) => !fact.passed)?.text;
  return (
    <>
      <Banner tone={alerted ? "ok" : "warn"} icon={alerted ? Check : X}>
        {alerted ? t.alerted(name) : t.notAlerted(name)}
        {!alerted && against && `: ${against}`}
      </Banner>
      <section class="why__part">
        <h3>{t.facts}</h3>
        {facts.length === 0 && <EmptyState title={t.noFacts} compact />}
        <ul class="why__facts" aria-label={t.facts}>
          {facts.map((fact, index) => (
            <Fact key={index} fact={fact} />
          ))}
        </ul>
      </section>
      <section class="why__part">
        <h3>{t.deliveries}</h3>
        {deliveries.length === 0 && (
          <EmptyState title={t.noDeliveries} compact>
            {t.noDeliveriesText}
          </EmptyState>
        )}
        <ol class="why__deliveries" aria-label={t.deliveries}>
          {deliveries.map((delivery) => (
            <DeliveryRow key={delivery.deliveryId} delivery={delivery} />
          ))}
        </ol>
      </section>
    </>
  );
}

function Fact({ fact: { passed, text, at } }: { fact: AlertFact }) {
  const Sign = passed ? Check : X;
  return (
    <li class={passed ? "why__fact" : "why__fact why__fact--against"}>
      <Sign size={15} aria-hidden="true" />
      <span dir="auto">
        <span class="unseen">{passed ? t.passed : t.prevented}: </span>
        {text}
      </span>
      {at && <At moment={at} />}
    </li>
  );
}

function DeliveryRow({ delivery }: { delivery: Delivery }) {
  const { kind = "NOTIFICATION_KIND_UNSPECIFIED", channel = "CHANNEL_UNSPECIFIED", rung = 0, askedAt, failure } = delivery;
  const steps = (Object.keys(t.steps) as (keyof typeof t.steps)[]).filter((step) => delivery[step]);
  return (
    <li class="why__delivery">
      <div class="why__fact">
        <span>
          <strong>{[t.kinds[kind], rung > 0 && t.repetition(rung)].filter(Boolean).join(", ")}</strong> · {t.channels[channel]}
        </span>
        {askedAt && <At moment={askedAt} />}
      </div>
      <ul class="why__steps">
        {steps.map((step) => (
          <li key={step} class={step === "failedAt" ? "why__step why__step--failed" : "why__step"}>
            {t.steps[step]} <At moment={delivery[step] ?? ""} />
          </li>
        ))}
      </ul>
      {failure && <p dir="auto">{t.cause(failure)}</p>}
    </li>
  );
}

function At({ moment }: { moment: string }) {
  return (
    <time class="why__at tabular" dateTime={moment}>
      {exactMoment(moment, serverNow())}
    </time>
  );
}
