import { FileCheck, MessagesSquare } from "lucide-preact";
import { useRef, useState } from "preact/hooks";

import { Banner, Button, Skeleton, classes } from "../../ui";
import { Section } from "../../ui/surface/section";
import { type ChatLogProof, Refused } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { refusalText } from "../refusal";
import "./check.css";
import { type LogFile, readLog } from "./log_file";
import { logTexts as t } from "./log_texts";

const MAX_BYTES = 100 * 1024 * 1024;

type Result = { name: string; failure: string } | { name: string; log: LogFile; proof: ChatLogProof };

/** Says whether a chat log is exactly what was said (spec 8.4). */
export function CheckPage() {
  const { store } = useApp();
  const input = useRef<HTMLInputElement>(null);
  const newest = useRef<File | null>(null);
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const [result, setResult] = useState<Result | null>(null);
  const check = async (file: File | undefined) => {
    if (!file) return;
    newest.current = file;
    setBusy(true);
    setResult(null);
    const found = await checked(file, store.chatLogProof);
    // Another file was chosen meanwhile.
    if (newest.current !== file) return;
    setResult(found);
    setBusy(false);
  };
  return (
    <div class="check-log">
      <h1 class="check-log__title">{t.heading}</h1>
      <Section {...t.about}>
        <div
          class={classes("check-log__drop", over && "check-log__drop--over")}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(false);
            void check(event.dataTransfer?.files[0]);
          }}
        >
          <Button icon={FileCheck} onClick={() => input.current?.click()}>
            {t.choose}
          </Button>
          <span class="check-log__hint">{t.drop}</span>
          <input
            ref={input}
            type="file"
            accept=".txt,text/plain"
            hidden
            onChange={({ currentTarget }) => {
              void check(currentTarget.files?.[0]);
              // The same file can be chosen again.
              currentTarget.value = "";
            }}
          />
        </div>
        <div role="status" aria-label={t.result}>
          {busy && <Skeleton label={t.checking} rows={2} />}
          {result && <Outcome result={result} />}
        </div>
      </Section>
    </div>
  );
}

async function checked(file: File, proofOf: (sessionId: string, sha256: string) => Promise<ChatLogProof>): Promise<Result> {
  const { name } = file;
  if (file.size > MAX_BYTES) return { name, failure: t.tooLarge };
  const log = await readLog(file).catch(() => null);
  if (!log) return { name, failure: t.unreadable };
  if (!log.sessionId) return { name, failure: t.noLog };
  try {
    return { name, log, proof: await proofOf(log.sessionId, log.sha256) };
  } catch (error) {
    return { name, failure: error instanceof Refused && error.kind === "not_found" ? t.notFound : refusalText(error, t.failed) };
  }
}

function Outcome({ result }: { result: Result }) {
  const { windows } = useApp();
  if ("failure" in result) {
    return (
      <>
        <Banner tone="danger">{result.failure}</Banner>
        <Facts facts={[[t.facts.file, result.name]]} />
      </>
    );
  }
  const { name, log, proof } = result;
  const { entries = 0, sessionEntries = 0, hash = "" } = proof;
  const genuine = proof.verdict === "CHAT_LOG_VERDICT_GENUINE";
  const stored: [string, string][] = [
    [t.facts.entries, `${entries}`],
    [t.facts.since, `${sessionEntries - entries}`],
    [t.facts.hash, hash],
  ];
  return (
    <>
      <Banner tone={genuine ? "ok" : "danger"}>{genuine ? t.genuine : proof.verdict === "CHAT_LOG_VERDICT_BROKEN" ? t.broken : t.different}</Banner>
      <Facts facts={[[t.facts.file, name], ...(entries ? stored : []), [t.facts.sha256, log.sha256]]} />
      <Button size="s" icon={MessagesSquare} onClick={() => windows.open(log.sessionId)}>
        {t.open}
      </Button>
    </>
  );
}

function Facts({ facts }: { facts: [string, string][] }) {
  return (
    <dl class="check-log__facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}
