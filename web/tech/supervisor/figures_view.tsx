import { collator, locale } from "../../languages/language.ts";
import { Card, classes, duration } from "../../ui";
import type { DeskFigures, Figures } from "../../wire/index.ts";
import { Chart, type Point, type Series } from "./chart";
import { supervisorTexts as t } from "./supervisor_texts";

const HOUR_MS = 3_600_000;

function timeOf(seconds: number | undefined): string {
  return seconds === undefined ? t.tiles.none : duration(seconds);
}

/** The call-backs that are open now, of any day. */
export function OpenCallbacks({ figures: { callbacksOpen = 0, callbacksDue = 0, callbacksLate = 0 } }: { figures: DeskFigures }) {
  return (
    <dl class="supervisor__open">
      <Tile name={t.tiles.callbacksOpen} value={callbacksOpen} below={t.tiles.dueAndLate(callbacksDue, callbacksLate)} late={callbacksLate > 0} />
    </dl>
  );
}

/** The figures of the whole day. */
export function Tiles({ figures: { total = {} } }: { figures: DeskFigures }) {
  const over = total.overPromise ?? 0;
  return (
    <dl class="supervisor__tiles">
      <Tile name={t.tiles.opened} value={total.opened ?? 0} />
      <Tile name={t.tiles.answered} value={total.answered ?? 0} />
      <Tile name={t.tiles.abandoned} value={total.abandoned ?? 0} />
      <Tile name={t.tiles.callbacks} value={total.callbacks ?? 0} />
      <Tile name={t.tiles.overPromise} value={over} late={over > 0} />
      <Tile name={t.tiles.waitMedian} value={timeOf(total.waitMedianSeconds)} />
      <Tile name={t.tiles.waitP90} value={timeOf(total.waitP90Seconds)} />
      <Tile name={t.tiles.durationMedian} value={timeOf(total.durationMedianSeconds)} />
      <Tile name={t.tiles.durationP90} value={timeOf(total.durationP90Seconds)} />
      <Tile name={t.tiles.solved} value={total.solved ?? 0} />
      <Tile name={t.tiles.notSolved} value={total.notSolved ?? 0} />
    </dl>
  );
}

function Tile({ name, value, below, late }: { name: string; value: string | number; below?: string; late?: boolean }) {
  return (
    <div class={classes("supervisor__tile", late && "supervisor__tile--late")}>
      <dt>{name}</dt>
      <dd>
        {value}
        {below && <span class="supervisor__below">{below}</span>}
      </dd>
    </div>
  );
}

const REQUESTS: Series[] = [
  { label: t.charts.answered, tone: "ok" },
  { label: t.charts.abandoned, tone: "danger" },
  { label: t.charts.callbacks, tone: "accent" },
  { label: t.charts.waiting, tone: "warn" },
];
const SPREAD: Series[] = [
  { label: t.charts.median, tone: "accent" },
  { label: t.charts.p90, tone: "warn" },
];

/** The hours of the day as charts, and as a table. */
export function Charts({ figures }: { figures: DeskFigures }) {
  const hours = hoursOf(figures);
  if (hours.length === 0) return <p class="supervisor__note">{t.charts.none}</p>;
  const described = (title: string): string => t.charts.described(title, hours[0]!.name, hours.at(-1)!.name);
  const points = (valuesOf: (one: Figures) => (number | undefined)[]): Point[] =>
    hours.map(({ name, figures: one }) => ({ label: name, values: valuesOf(one).map((value) => value ?? null) }));
  const count = (value: number): string => String(value);
  return (
    <section class="supervisor__part" aria-label={t.charts.zone(figures.zone ?? "")}>
      <p class="supervisor__note">{t.charts.zone(figures.zone ?? "")}</p>
      <div class="supervisor__charts">
        <Card>
          <Chart
            title={t.charts.requests}
            description={described(t.charts.requests)}
            stacked
            textOf={count}
            series={REQUESTS}
            points={points(({ answered = 0, abandoned = 0, callbacks = 0, waiting = 0 }) => [answered, abandoned, callbacks, waiting])}
          />
        </Card>
        <Card>
          <Chart title={t.charts.waits} description={described(t.charts.waits)} textOf={duration} series={SPREAD} points={points((one) => [one.waitMedianSeconds, one.waitP90Seconds])} />
        </Card>
        <Card>
          <Chart
            title={t.charts.durations}
            description={described(t.charts.durations)}
            textOf={duration}
            series={SPREAD}
            points={points((one) => [one.durationMedianSeconds, one.durationP90Seconds])}
          />
        </Card>
      </div>
      <details class="supervisor__details">
        <summary>{t.charts.table}</summary>
        <Table name={t.charts.requests} column={t.charts.hour} rows={hours} />
      </details>
    </section>
  );
}

interface Row {
  name: string;
  figures: Figures;
}

/** From the first hour with a request to the last one, also those without. */
export function hoursOf({ hours = [], zone }: DeskFigures): Row[] {
  const byStart = new Map(hours.map(({ start = "", figures = {} }) => [Date.parse(start), figures]));
  const starts = [...byStart.keys()];
  const format = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: zone || "UTC" });
  const rows: Row[] = [];
  for (let at = Math.min(...starts); at <= Math.max(...starts); at += HOUR_MS) rows.push({ name: format.format(at), figures: byStart.get(at) ?? {} });
  return rows;
}

interface GroupTableProps {
  title: string;
  column: string;
  groups: { name: string; figures?: Figures }[];
}

/** The figures of each company or board, the one with most requests first; nothing without any. */
export function GroupTable({ title, column, groups }: GroupTableProps) {
  if (groups.length === 0) return null;
  const rows = groups.map(({ name, figures = {} }) => ({ name, figures })).sort((a, b) => (b.figures.opened ?? 0) - (a.figures.opened ?? 0) || collator.compare(a.name, b.name));
  return (
    <Card>
      <section class="supervisor__part" aria-label={title}>
        <h2>{title}</h2>
        <Table name={title} column={column} rows={rows} />
      </section>
    </Card>
  );
}

function Table({ name, column, rows }: { name: string; column: string; rows: Row[] }) {
  const { tiles, charts } = t;
  return (
    // It scrolls sideways on a phone, also by keyboard.
    <div class="supervisor__scroll" role="group" aria-label={name} tabIndex={0}>
      <table class="supervisor__table">
        <thead>
          <tr>
            {[column, tiles.opened, charts.answered, charts.abandoned, charts.callbacks, tiles.waitMedian, charts.p90, tiles.durationMedian, tiles.solved, tiles.notSolved].map((text) => (
              <th key={text} scope="col">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name: row, figures: one }) => (
            <tr key={row}>
              <th scope="row">
                <bdi>{row}</bdi>
              </th>
              <td>{one.opened ?? 0}</td>
              <td>{one.answered ?? 0}</td>
              <td>{one.abandoned ?? 0}</td>
              <td>{one.callbacks ?? 0}</td>
              <td>{timeOf(one.waitMedianSeconds)}</td>
              <td>{timeOf(one.waitP90Seconds)}</td>
              <td>{timeOf(one.durationMedianSeconds)}</td>
              <td>{one.solved ?? 0}</td>
              <td>{one.notSolved ?? 0}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
