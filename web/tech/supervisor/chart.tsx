import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

import { classes } from "../../ui";
import "./chart.css";

/** `tone` is the end of a class: chart__bar--TONE. */
export interface Series {
  label: string;
  tone: "accent" | "ok" | "danger" | "warn";
}

export interface Point {
  label: string;
  /** One for each series; null = no value. */
  values: (number | null)[];
}

interface ChartProps {
  title: string;
  description: string;
  series: Series[];
  points: Point[];
  /** Stacked values are parts of a whole; others stand side by side. */
  stacked?: boolean;
  /** A value as text, on the axis and in tooltips. */
  textOf: (value: number) => string;
  /** Below the chart, such as the same numbers as a table. */
  children?: ComponentChildren;
}

const WIDTH = 320;
const HEIGHT = 180;
const LEFT = 38;
const BOTTOM = 22;
const TOP = 10;
const LABELS = 5;
const STEPS = [1, 2, 5, 10, 15, 20, 30, 60];

/** A bar chart. Assistive technology reads its description; the numbers are in the table that `children` gives. */
export function Chart({ title, description, series, points, stacked = false, textOf, children }: ChartProps) {
  const id = useId();
  const most = Math.max(1, ...points.map(({ values }) => heightOf(values, stacked)));
  const step = stepOf(most);
  const top = Math.ceil(most / step) * step;
  const y = (value: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const slot = (WIDTH - LEFT) / Math.max(points.length, 1);
  const every = Math.ceil(points.length / LABELS);
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption class="chart__head">
        <h3 id={id}>{title}</h3>
        <ul class="chart__legend">
          {series.map(({ label, tone }) => (
            <li key={label}>
              <span class={classes("chart__key", `chart__key--${tone}`)} aria-hidden="true" /> {label}
            </li>
          ))}
        </ul>
      </figcaption>
      <svg class="chart__plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={description}>
        {Array.from({ length: Math.round(top / step) + 1 }, (_, number) => number * step).map((value) => (
          <g key={value}>
            <line class="chart__grid" x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} />
            <text class="chart__text" x={LEFT - 6} y={y(value) + 4} text-anchor="end">
              {textOf(value)}
            </text>
          </g>
        ))}
        {points.map((point, number) => (
          <g key={point.label}>
            <title>{[point.label, ...series.map(({ label }, at) => `${label}: ${point.values[at] === null ? "–" : textOf(point.values[at] ?? 0)}`)].join("\n")}</title>
            <rect class="chart__slot" x={LEFT + number * slot} y={TOP} width={slot} height={HEIGHT - TOP - BOTTOM} />
            {barsOf(point, series, stacked).map(({ tone, from, to, nth, beside }) => {
              const width = Math.min((slot * 0.72) / beside, 36);
              const x = LEFT + number * slot + slot / 2 + (nth - beside / 2) * width;
              return <rect key={tone} class={classes("chart__bar", `chart__bar--${tone}`)} x={x} width={Math.max(width - 1, 1)} y={y(to)} height={y(from) - y(to)} />;
            })}
            {number % every === 0 && (
              <text class="chart__text" x={LEFT + number * slot + slot / 2} y={HEIGHT - 6} text-anchor="middle">
                {point.label}
              </text>
            )}
          </g>
        ))}
      </svg>
      {children}
    </figure>
  );
}

function heightOf(values: Point["values"], stacked: boolean): number {
  const given = values.map((value) => value ?? 0);
  return stacked ? given.reduce((sum, value) => sum + value, 0) : Math.max(0, ...given);
}

/** A round distance between at most five lines, also for seconds. */
export function stepOf(most: number): number {
  for (let unit = 1; ; unit *= 60) {
    const found = STEPS.find((step) => most / (step * unit) <= 4);
    if (found) return found * unit;
  }
}

function barsOf({ values }: Point, series: Series[], stacked: boolean) {
  let below = 0;
  return series.map(({ tone }, at) => {
    const value = values[at] ?? 0;
    const from = stacked ? below : 0;
    below += value;
    return { tone, from, to: from + value, nth: stacked ? 0 : at, beside: stacked ? 1 : series.length };
  });
}
