import { Download } from "lucide-preact";
import { useState } from "preact/hooks";

import { Banner, Button, ErrorState, Select, Skeleton, exactMoment, second } from "../../ui";
import type { Board, Company, FigureQuery, SessionCard } from "../../wire/index.ts";
import { useBoards, useCompanies } from "../boards_and_companies";
import { csvOf, download } from "./csv";
import { Engineers } from "./engineers";
import { Charts, GroupTable, Tiles } from "./figures_view";
import "./supervisor.css";
import { supervisorTexts as t } from "./supervisor_texts";
import { type LiveFigures, useFigures } from "./use_figures";
import { LateCallbacks, Waiting } from "./waiting";

/** The supervisors' page (spec 13.4): what happens now, and the figures of a day. */
export function SupervisorPage() {
  const [query, setQuery] = useState<FigureQuery>({});
  const live = useFigures(query);
  const desk = { companies: useCompanies(), boards: useBoards() };
  const shows = (card: SessionCard): boolean => (!query.company || card.companyId === query.company) && (!query.board || card.boardId === query.board);
  return (
    <div class="supervisor">
      <Head query={query} onQuery={setQuery} live={live} desk={desk} />
      <div class="supervisor__columns">
        <div class="supervisor__part">
          <Waiting shows={shows} />
          <LateCallbacks shows={shows} />
        </div>
        <Engineers shows={shows} />
      </div>
      <Day live={live} desk={desk} />
    </div>
  );
}

interface Desk {
  companies: readonly Company[];
  boards: readonly Board[];
}

interface HeadProps {
  desk: Desk;
  query: FigureQuery;
  onQuery: (query: FigureQuery) => void;
  live: LiveFigures;
}

function Head({ query, onQuery, live: { figures }, desk }: HeadProps) {
  const name = namesOf(desk);
  const option = ({ id = "", name = "" }) => ({ value: id, label: name });
  return (
    <header class="supervisor__head">
      <h1 class="supervisor__title">{t.heading}</h1>
      <div class="supervisor__filter" role="group" aria-label={t.filter}>
        <Select
          label={t.company}
          bare
          value={query.company ?? ""}
          onInput={(company) => onQuery({ ...query, company })}
          options={[{ value: "", label: t.allCompanies }, ...desk.companies.map(option)]}
        />
        <Select
          label={t.board}
          bare
          value={query.board ?? ""}
          onInput={(board) => onQuery({ ...query, board })}
          options={[{ value: "", label: t.allBoards }, ...desk.boards.map(option)]}
        />
        <input
          class="field__input"
          type="date"
          aria-label={t.day}
          value={query.date || figures?.date}
          // An emptied box is today again.
          onChange={({ currentTarget }) => onQuery({ ...query, date: currentTarget.value })}
        />
        <Button icon={Download} disabled={!figures} onClick={() => figures && download(t.csvFile(figures.date ?? ""), csvOf(figures, name.company, name.board))}>
          {t.csv}
        </Button>
      </div>
    </header>
  );
}

function Day({ live: { figures, updated, failed, reload }, desk }: { live: LiveFigures; desk: Desk }) {
  const name = namesOf(desk);
  if (!figures) {
    return failed ? <ErrorState title={t.failed} onRetry={reload} /> : <Skeleton label={t.loading} rows={4} shape="cards" />;
  }
  return (
    <>
      <section class="supervisor__part" aria-label={t.tiles.title}>
        <div class="supervisor__part-head">
          <h2>{t.tiles.title}</h2>
          <span class="supervisor__note">{t.updated(exactMoment(updated, second.peek() * 1000))}</span>
        </div>
        {failed && <Banner tone="warn">{t.refreshFailed}</Banner>}
        <Tiles figures={figures} />
      </section>
      <Charts figures={figures} />
      <GroupTable title={t.groups.companies} column={t.groups.company} groups={(figures.companies ?? []).map((one) => ({ name: name.company(one.companyId), ...one }))} />
      <GroupTable title={t.groups.boards} column={t.groups.board} groups={(figures.boards ?? []).map((one) => ({ name: name.board(one.boardId), ...one }))} />
    </>
  );
}

function namesOf({ companies, boards }: Desk) {
  const nameIn = (all: readonly { id?: string; name?: string }[]) => {
    const names = new Map(all.map(({ id, name }) => [id, name]));
    return (id: string | undefined): string => names.get(id) ?? t.groups.unknown;
  };
  return { company: nameIn(companies), board: nameIn(boards) };
}
