import { Chip, Time } from "../../ui";
import { isolated, type SessionCard } from "../../wire/index.ts";
import { texts } from "../texts";

const t = texts.sessions;

/** The last call that nobody answered and, while the call-back is open, the time of the next one (spec 4.14). */
export function Tries({ card: { callbackTried: tried }, open }: { card: SessionCard; open: boolean }) {
  if (!tried?.at) return null;
  return (
    <>
      <p>
        {t.tried(isolated(tried.by?.name ?? texts.chat.someone), tried.count ?? 1)} <Time at={tried.at} />
      </p>
      {open && tried.nextCallAt && (
        <Chip tone={tried.due ? "warn" : "accent"}>
          {tried.due ? t.callNow : t.nextCall} <Time at={tried.nextCallAt} />
        </Chip>
      )}
    </>
  );
}
