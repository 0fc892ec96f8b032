import { useComputed } from "@preact/signals";
import { Clock3, Mail, Phone } from "lucide-preact";

import { locale } from "../../languages/language.ts";
import { ErrorState, Skeleton, second } from "../../ui";
import { Refused, shownPhone, telLink } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { texts } from "../texts";
import { useLive } from "../tickets/live";
import "./customer.css";
import { customerTexts as t } from "./customer_texts";
import { localTimeOf } from "./local_time";

/** How to reach the customer, and what time it is there. */
export function Contact({ id }: { id: string }) {
  const { store } = useApp();
  const { answer, error, reload } = useLive(id, () => store.person(id), () => false);
  if (error instanceof Refused && error.kind === "not_found") return <p class="customer__none">{t.hidden}</p>;
  if (error) return <ErrorState compact title={t.failed} onRetry={reload} />;
  if (!answer) return <Skeleton label={t.loading} rows={2} />;
  const { phone, email, timeZone } = answer;
  return (
    <ul class="customer__contact">
      <li>
        <Phone size={14} aria-hidden="true" />
        {phone ? (
          <a href={telLink({ phone })} aria-label={texts.sessions.call(shownPhone({ phone }))}>
            {shownPhone({ phone })}
          </a>
        ) : (
          <span class="customer__none">{t.noPhone}</span>
        )}
      </li>
      <li>
        <Mail size={14} aria-hidden="true" />
        {email ? (
          <a href={`mailto:${email}`} aria-label={texts.sessions.mail(email)}>
            {email}
          </a>
        ) : (
          <span class="customer__none">{t.noEmail}</span>
        )}
      </li>
      <li>
        <Clock3 size={14} aria-hidden="true" />
        <Time zone={timeZone} />
      </li>
    </ul>
  );
}

const hours = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });

function Time({ zone = "" }: { zone?: string }) {
  // Drawn again each minute.
  const minute = useComputed(() => Math.floor(second.value / 60)).value;
  const local = zone ? localTimeOf(zone, minute * 60_000) : null;
  if (!local) return <span class="customer__none">{t.noZone}</span>;
  const { time, ahead } = local;
  return (
    <span title={zone.replaceAll("_", " ")}>
      <span class="tabular">{t.time(time)}</span>
      {ahead !== 0 && <span class="customer__ahead">{(ahead > 0 ? t.ahead : t.behind)(hours.format(Math.abs(ahead)))}</span>}
    </span>
  );
}
