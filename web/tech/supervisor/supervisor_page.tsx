import { Download } from "lucide-preact";

import { Banner, Button, ErrorState, Select, Skeleton, exactMoment, second, serverNow } from "../../ui";
import type { BoardsAndCompanies, DeskFigures, FigureQuery, SessionCard } from "../../wire/index.ts";
import { useDirectory } from "../boards_and_companies";
import { csvOf, download } from "./csv";
import { Engineers } from "./engineers";
import { Charts, GroupTable, OpenCallbacks, Tiles } from "./figures_view";
import { useFigureQuery } from "./supervisor_address";
import "./supervisor.css";
import { supervisorTexts as t } from "./supervisor_texts";
import { type LiveFigures, useFigures } from "./use_figures";
import { LateCallbacks, Waiting } from "./waiting";

/** The supervisors' page (spec 13.4): what happens now, and the figures of a day. */
export function SupervisorPage() {
  const [query, change] = useFigureQuery();
  const live = useFigures(query);
  const directory = useDirectory();
  const shows = (card: SessionCard): boolean => (!query.company || card.companyId === query.company) && (!query.board || card.boardId === query.board);
  return (
    <div class="supervisor">
      <Head query={query} onChange={change} directory={directory} />
      <section class="supervisor__part" aria-label={t.now.title}>
        <div class="supervisor__part-head">
          <h2>{t.now.title}</h2>
          <span class="supervisor__note">{t.now.lead}</span>
        </div>
        <div class="supervisor__columns">
          <div class="supervisor__part">
            <Waiting shows={shows} />
            <LateCallbacks shows={shows} />
            {live.figures && <OpenCallbacks figures={live.figures} />}
          </div>
          <Engineers shows={shows} />
        </div>
      </section>
      <Day query={query} onChange={change} live={live} directory={directory} />
    </div>
  );
}

interface PartProps {
  directory: BoardsAndCompanies | null;
  query: FigureQuery;
  onChange: (part: Partial<FigureQuery>) => void;
}

function Head({ query, onChange, directory }: PartProps) {
  return (
    <header class="supervisor__head">
      <h1 class="supervisor__title">{t.heading}</h1>
      <div class="supervisor__filter" role="group" aria-label={t.filter}>
        <Select label={t.company} bare value={query.company ?? ""} onInput={(company) => onChange({ company })} options={optionsOf(t.allCompanies, query.company, directory?.companies)} />
        <Select label={t.board} bare value={query.board ?? ""} onInput={(board) => onChange({ board })} options={optionsOf(t.allBoards, query.board, directory?.boards)} />
      </div>
    </header>
  );
}

type Named = readonly { id?: string; name?: string }[];

/** The address may name one that is not loaded yet, or was removed. */
function optionsOf(all: string, chosen = "", named: Named | undefined) {
  const options = (named ?? []).map(({ id = "", name = "" }) => ({ value: id, label: name }));
  const missing = chosen && !options.some(({ value }) => value === chosen) ? [{ value: chosen, label: named ? t.groups.unknown : "" }] : [];
  return [{ value: "", label: all }, ...options, ...missing];
}

function Day({ query, onChange, live: { figures, updated, failed, reload }, directory }: PartProps & { live: LiveFigures }) {
  if (!figures) {
    return failed ? <ErrorState title={t.failed} onRetry={reload} /> : <Skeleton label={t.loading} rows={4} shape="cards" />;
  }
  const name = namesOf(directory ?? {});
  const { date = "", companies = [], boards = [] } = figures;
  return (
    <>
      <section class="supervisor__part" aria-label={t.tiles.title}>
        <div class="supervisor__part-head">
          <h2>{t.day.heading(date, isToday(figures))}</h2>
          <span class="supervisor__note supervisor__updated">{t.updated(exactMoment(updated, second.peek() * 1000))}</span>
          <div class="supervisor__acts">
            {!isToday(figures) && <Button onClick={() => onChange({ date: "" })}>{t.day.today}</Button>}
            <input
              class="field__input"
              type="date"
              aria-label={t.day.label}
              value={query.date || date}
              // An emptied box is today again.
              onChange={({ currentTarget }) => onChange({ date: currentTarget.value })}
            />
            <Button
              icon={Download}
              disabled={!directory}
              hint={directory ? undefined : t.csvWaits}
              onClick={() => download(t.csvFile(date), csvOf(figures, name.company, name.board))}
            >
              {t.csv}
            </Button>
          </div>
        </div>
        {failed && <Banner tone="warn">{t.refreshFailed}</Banner>}
        <Tiles figures={figures} />
      </section>
      <Charts figures={figures} />
      {directory && <GroupTable title={t.groups.companies} column={t.groups.company} groups={companies.map((one) => ({ name: name.company(one.companyId), ...one }))} />}
      {directory && <GroupTable title={t.groups.boards} column={t.groups.board} groups={boards.map((one) => ({ name: name.board(one.boardId), ...one }))} />}
    </>
  );
}

/** Whether the figures are of the day that it is where the desk is. */
function isToday({ date, zone }: DeskFigures): boolean {
  // In this locale a date is as in 2026-03-02.
  return new Intl.DateTimeFormat("sv", { timeZone: zone || "UTC" }).format(serverNow()) === date;
}

function namesOf({ companies = [], boards = [] }: BoardsAndCompanies) {
  const nameIn = (all: Named) => {
    const names = new Map(all.map(({ id, name }) => [id, name]));
    return (id: string | undefined): string => names.get(id) ?? t.groups.unknown;
  };
  return { company: nameIn(companies), board: nameIn(boards) };
}
