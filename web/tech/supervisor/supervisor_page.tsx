import { Download } from "lucide-preact";

import { Banner, Button, ErrorState, Select, Skeleton, exactMoment, second } from "../../ui";
import type { Board, BoardsAndCompanies, Company, FigureQuery, SessionCard } from "../../wire/index.ts";
import { optionsOf, useDirectory } from "../boards_and_companies";
import { csvOf, download } from "./csv";
import { Engineers } from "./engineers";
import { Charts, GroupTable, OpenCallbacks, Tiles } from "./figures_view";
import { Handled } from "./handled";
import { FIRST_DAY, todayIn, useFigureQuery } from "./supervisor_address";
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
            <Handled shows={shows} />
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
        <Select label={t.company} bare value={query.company ?? ""} onInput={(company) => onChange({ company })} options={choicesOf(t.allCompanies, query.company, directory?.companies)} />
        <Select label={t.board} bare value={query.board ?? ""} onInput={(board) => onChange({ board })} options={choicesOf(t.allBoards, query.board, directory?.boards)} />
      </div>
    </header>
  );
}

/** The address may name one that is not loaded yet, or was removed. */
function choicesOf(all: string, chosen = "", named: readonly (Board | Company)[] | undefined) {
  const options = optionsOf(named ?? [], chosen);
  const missing = chosen && !options.some(({ value }) => value === chosen) ? [{ value: chosen, label: named ? t.groups.unknown : "" }] : [];
  return [{ value: "", label: all }, ...options, ...missing];
}

function Day({ query, onChange, live, directory }: PartProps & { live: LiveFigures }) {
  const { figures, zone, updated, failed, reload } = live;
  const name = namesOf(directory ?? {});
  const { companies = [], boards = [] } = figures ?? {};
  const today = todayIn(zone);
  const date = figures?.date || query.date || today;
  return (
    <>
      <section class="supervisor__part" aria-label={t.tiles.title}>
        <div class="supervisor__part-head">
          <h2>{t.day.heading(date, date === today)}</h2>
          <span class="supervisor__note supervisor__updated">{figures && t.updated(exactMoment(updated, second.peek() * 1000))}</span>
          <div class="supervisor__acts">
            {date !== today && <Button onClick={() => onChange({ date: "" })}>{t.day.today}</Button>}
            <DayBox date={query.date || date} today={today} onChoose={(chosen) => onChange({ date: chosen })} />
            <Button
              icon={Download}
              disabled={!figures || !directory}
              hint={!figures ? t.csvNoFigures : directory ? undefined : t.csvWaits}
              onClick={() => figures && download(t.csvFile(date), csvOf(figures, name.company, name.board))}
            >
              {t.csv}
            </Button>
          </div>
        </div>
        {!figures && (failed ? <ErrorState title={t.failed} onRetry={reload} /> : <Skeleton label={t.loading} rows={4} shape="cards" />)}
        {figures && failed && <Banner tone="warn">{t.refreshFailed}</Banner>}
        {figures && <Tiles figures={figures} />}
      </section>
      {figures && <Charts figures={figures} />}
      {directory && <GroupTable title={t.groups.companies} column={t.groups.company} groups={companies.map((one) => ({ name: name.company(one.companyId), ...one }))} />}
      {directory && <GroupTable title={t.groups.boards} column={t.groups.board} groups={boards.map((one) => ({ name: name.board(one.boardId), ...one }))} />}
    </>
  );
}

/** A day until today. An emptied box and a future day are today. */
function DayBox({ date, today, onChoose }: { date: string; today: string; onChoose: (date: string) => void }) {
  return (
    <input
      class="field__input"
      type="date"
      aria-label={t.day.label}
      min={FIRST_DAY}
      max={today}
      value={date}
      onChange={({ currentTarget: { value } }) => {
        // A year that is being typed, such as 0020, is not chosen yet.
        if (!value || value >= FIRST_DAY) onChoose(value < today ? value : "");
      }}
      // A year that was not typed to its end is dropped.
      onBlur={({ currentTarget }) => (currentTarget.value = date)}
    />
  );
}

function namesOf({ companies = [], boards = [] }: BoardsAndCompanies) {
  const nameIn = (all: readonly (Board | Company)[]) => {
    const names = new Map(all.map(({ id, name }) => [id, name]));
    return (id: string | undefined): string => names.get(id) ?? t.groups.unknown;
  };
  return { company: nameIn(companies), board: nameIn(boards) };
}
