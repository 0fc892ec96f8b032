import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";

import { Dialog, Field, classes, isComposing, isEnter } from "../../ui";
import type { Store, Ticket } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { nextIndex } from "../../ui/menu/roving";
import { texts } from "../texts";
import { currentChat, chatsIn, commandsOf, matches, ticketCommand, ticketsIn, type Command } from "./commands";
import "./palette.css";

const t = texts.palette;
const TYPED_MS = 150;

/** The command palette (Ctrl K): commands, chats, and tickets by text. Arrows select, Enter runs. */
export function Palette({ onClose }: { onClose: () => void }) {
  const app = useApp();
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const tickets = useTickets(text);
  const list = useRef<HTMLDivElement>(null);

  const found = useMemo(
    () => [...[...currentChat(app), ...chatsIn(app, text.trim()), ...commandsOf(app)].filter((command) => matches(command, text)), ...ticketsIn(tickets)],
    [text, tickets, app.store.cards.value],
  );
  const here = Math.min(at, found.length - 1);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [here]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Home and End move in the text box.
    if (isComposing(event)) return;
    const next = event.key === "Home" || event.key === "End" ? undefined : nextIndex(event.key, here, found.length);
    if (next !== undefined) {
      event.preventDefault();
      setAt(next);
    } else if (isEnter(event)) {
      event.preventDefault();
      run(found[here]);
    }
  };
  return (
    <Dialog title={t.title} onClose={onClose} class="palette">
      <Field
        label={t.box}
        bare
        type="search"
        placeholder={t.box}
        value={text}
        onInput={(value) => {
          setText(value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        combobox={{ list: `${id}-list`, active: found.length ? `${id}-${here}` : undefined }}
        autofocus
      />
      <div ref={list} class="palette__list" role="listbox" id={`${id}-list`} aria-label={t.results}>
        {found.map((command, index) => (
          <div key={command.key}>
            {command.group !== found[index - 1]?.group && (
              <p class="palette__group" aria-hidden="true">
                {t.groups[command.group]}
              </p>
            )}
            <button
              type="button"
              role="option"
              id={`${id}-${index}`}
              tabIndex={-1}
              aria-selected={index === here}
              class={classes("palette__item", index === here && "is-here")}
              onPointerMove={() => setAt(index)}
              onClick={() => run(command)}
            >
              <command.icon size={16} aria-hidden="true" />
              <span class="palette__text" dir="auto">{command.label}</span>
              {command.about && <span class="palette__about">{command.about}</span>}
              {command.keys && <kbd>{command.keys}</kbd>}
            </button>
          </div>
        ))}
        {found.length === 0 && <p class="palette__empty">{t.empty}</p>}
      </div>
    </Dialog>
  );
}

/** Finds tickets. For a number, the ticket with that number comes first. */
async function find({ tickets }: Store, search: string): Promise<readonly Ticket[]> {
  const number = /^#?(\d+)$/.exec(search)?.[1];
  const byText = tickets.list({ search });
  if (!number) return (await byText).tickets ?? [];
  // More tickets may match than one answer holds. With "#" the server looks for the number.
  const lists = await Promise.all([tickets.list({ search: `#${number}` }), byText]);
  const found = new Map(lists.flatMap((list) => list.tickets ?? []).map((ticket) => [ticket.id, ticket]));
  const isIt = (ticket: Ticket): number => Number(ticket.number === Number(number));
  return [...found.values()].sort((one, other) => isIt(other) - isIt(one));
}

function useTickets(text: string): readonly Ticket[] {
  const { store } = useApp();
  const [answer, setAnswer] = useState<{ of: string; tickets: readonly Ticket[] }>({ of: "", tickets: [] });
  useEffect(() => {
    let gone = false;
    const search = text.trim();
    if (search.length < 2 && !/^\d/.test(search)) {
      setAnswer({ of: text, tickets: [] });
      return undefined;
    }
    const timer = setTimeout(() => {
      // The commands work without the tickets.
      find(store, search).then((tickets) => !gone && setAnswer({ of: text, tickets }), () => undefined);
    }, TYPED_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [text]);
  // Until the answer arrives, shows the last results that match the typed text, so that Enter opens only a match.
  return useMemo(() => (answer.of === text ? answer.tickets : answer.tickets.filter((ticket) => matches(ticketCommand(ticket), text))), [answer, text]);
}
