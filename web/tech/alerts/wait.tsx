import { useComputed } from "@preact/signals";
import { Clock, ClockAlert } from "lucide-preact";

import { type Moment, WaitCounter, classes, second, toMs } from "../../ui";
import { useApp } from "../app_state";
import { texts } from "../texts";
import { urgencyOf } from "./urgency";
import "./wait.css";

const SIGNS = { early: undefined, repeating: Clock, late: ClockAlert };

/** How long a customer waits, after `label`. Colour, icon and a text for assistive technology show how urgent it is. */
export function Wait({ label, since }: { label: string; since: Moment }) {
  const { alertTimes } = useApp();
  const urgency = useComputed(() => urgencyOf(second.value - Math.floor(toMs(since) / 1000), alertTimes.value)).value;
  const Sign = SIGNS[urgency];
  return (
    <span class={classes("wait", `wait--${urgency}`)} title={texts.alerts.urgency[urgency]}>
      {Sign && <Sign size={13} aria-hidden="true" />}
      <span>
        {label} <WaitCounter since={since} />
        {Sign && <span class="unseen">, {texts.alerts.urgency[urgency]}</span>}
      </span>
    </span>
  );
}
