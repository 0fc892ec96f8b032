import { locale } from "../../languages/language.ts";
import { inLanguage } from "../../languages/catalogue.ts";

const amount = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

// Texts of the supervisors' page (spec 13.4, 13.7, 4.15).
export const supervisorTexts = inLanguage("supervisor", {
  heading: "Supervisor",
  loading: "Loading the figures",
  failed: "The figures could not be loaded",
  refreshFailed: "The figures could not be loaded again. Parley tries again.",
  filter: "Filter",
  company: "Company",
  board: "Board",
  allCompanies: "All companies",
  allBoards: "All boards",
  now: { title: "Now", lead: "Live, whatever day is shown below" },
  day: {
    label: "Day",
    today: "Show today",
    heading: (date: string, today: boolean) => {
      const day = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: "UTC" }).format(Date.parse(date));
      return today ? `Today, ${day}` : day;
    },
  },
  csvNoFigures: "The figures are not loaded",
  csvWaits: "The names of companies and boards are being loaded",
  csv: "Download CSV",
  csvFile: (date: string) => `parley_figures_${date}.csv`,
  updated: (time: string) => `Updated ${time}`,
  waiting: {
    title: "Waiting chats",
    none: "Nobody is waiting",
    waits: "waits",
    join: (title: string) => `Join ${title}`,
    over: "Longer than promised",
    promise: (time: string) => `Promised: at most ${time}`,
  },
  callbacks: {
    title: "Late call-backs",
    until: "until",
    view: (title: string) => `View ${title}`,
  },
  engineers: {
    title: "Engineers",
    loading: "Loading the engineers",
    failed: "The engineers could not be loaded",
    none: "Nobody is online",
    chats: (count: number) => amount(count, "chat", "chats"),
    offline: (count: number) => `${count} offline`,
  },
  tiles: {
    title: "Figures of the day",
    opened: "Requests",
    answered: "Answered",
    abandoned: "Abandoned",
    callbacks: "Call-backs",
    waitMedian: "Median wait",
    waitP90: "9 of 10 waited at most",
    durationMedian: "Median duration",
    durationP90: "9 of 10 lasted at most",
    overPromise: "Waited longer than promised",
    solved: "Solved",
    notSolved: "Not solved",
    callbacksOpen: "Open call-backs",
    dueAndLate: (due: number, late: number) => `${due} due, ${late} late`,
    none: "–",
  },
  charts: {
    requests: "Requests by hour",
    waits: "Wait by hour",
    durations: "Duration by hour",
    median: "Median",
    p90: "9 of 10 at most",
    answered: "Answered",
    abandoned: "Abandoned",
    callbacks: "Call-backs",
    waiting: "Waiting",
    none: "No requests on this day",
    table: "Show as a table",
    hour: "Hour",
    zone: (zone: string) => `Hours of ${zone}`,
    described: (title: string, from: string, until: string) => `${title}, ${from} to ${until}. The table below has the same numbers.`,
  },
  groups: {
    companies: "By company",
    boards: "By board",
    company: "Company",
    board: "Board",
    unknown: "Removed",
  },
  columns: ["date", "hour", "company", "board", "requests", "answered", "abandoned", "call-backs", "waiting", "longer than promised", "median wait (s)", "90 % wait (s)", "longest wait (s)", "median duration (s)", "90 % duration (s)", "solved", "not solved"],
});
