import { useRef, useState } from "preact/hooks";

import { Field } from "../../ui";
import { Section } from "../../ui/surface/section";
import type { Desk } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { Failed } from "./boards_section";
import { put } from "./directory_draft";
import { type Draft, useDraft } from "./draft";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.files;

export interface FileSettings {
  /** 0 = as the services allow. */
  maxFileMb: number;
}

/** The desk's entry of the directory, of which only the limit of files is changed. */
export function useFileDraft(): Draft<FileSettings> {
  const { store, directory } = useApp();
  const desk = useRef<Desk>({});
  const load = async () => {
    const found = await directory.load();
    desk.current = found.desk ?? {};
    return { settings: { maxFileMb: desk.current.maxFileMb ?? 0 }, version: found.revisions?.[`desk:${desk.current.id}`] ?? 0 };
  };
  const write = async ({ maxFileMb }: FileSettings, version: number) => {
    await put("max_file_mb", () => store.putEntry({ desk: { ...desk.current, maxFileMb } }, version));
    return load();
  };
  return useDraft("files", load, write);
}

/** The largest file of tickets and chats (spec 9.3). */
export function Files({ form }: { form: Draft<FileSettings> }) {
  if (form.failed) return <Failed title={t.title} lead={t.lead} reload={form.reload} />;
  if (!form.values) return null;
  return (
    <Section title={t.title} lead={t.lead}>
      <Largest key={form.round} form={form} stored={form.values.maxFileMb} />
    </Section>
  );
}

function Largest({ form, stored }: { form: Draft<FileSettings>; stored: number }) {
  const [text, setText] = useState(stored ? String(stored) : "");
  const take = (typed: string) => {
    setText(typed);
    const number = typed.trim();
    const good = /^([1-9]\d{0,3})?$/.test(number);
    form.wrong("max_file_mb", good ? undefined : t.notNumber);
    if (good) form.set({ maxFileMb: Number(number) });
  };
  return <Field label={t.largest} hint={t.hint} inputMode="numeric" maxLength={4} value={text} onInput={take} error={form.errorOf("max_file_mb")} />;
}
