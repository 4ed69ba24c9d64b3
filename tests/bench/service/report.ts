/** What was measured, and as tables of 80 columns. Pure. */

export interface Round {
  readonly perSecond: number;
  /** Requests in a second of the server's processor time: what its neighbours on this machine do plays less of a part. */
  readonly perCpuSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The share of the time in which the client had something to do. */
  readonly clientBusy: number;
  /** The share of this machine's processors that other processes took. */
  readonly others: number;
}

export interface Cell {
  readonly model: string;
  readonly connections: number;
  readonly rows: number;
  /** How our server runs this model, where it says so. */
  readonly mode?: string;
  /** By server, in the order of the tables. */
  readonly rounds: Readonly<Record<string, readonly Round[]>>;
}

export interface Process {
  readonly mode?: string;
  /** Of each start, until it said that it is ready. */
  readonly readySeconds: readonly number[];
  /** Megabytes, of all its processes together, at rest after the start and at most after a round. */
  readonly rssAtStart: number;
  readonly rssUnderLoad: number;
  /** The same where a page that several processes share is counted once. */
  readonly pssUnderLoad: number;
  readonly processes: number;
}

export interface Result {
  readonly machine: readonly string[];
  /** Measured in a round. */
  readonly seconds: number;
  readonly rounds: number;
  /** By server. */
  readonly titles: Readonly<Record<string, string>>;
  readonly notMeasured: Readonly<Record<string, string>>;
  readonly cells: readonly Cell[];
  /** By model and server. */
  readonly processes: Readonly<Record<string, Readonly<Record<string, Process>>>>;
}

/** The server that the others are compared with. */
export const OURS = "slipway";
/** Above it, the client was the limit. */
const BUSY = 0.97;
/** Of the columns after the first. */
const WIDTHS = [9, 9, 7, 7, 6, 7, 6, 7];

export function renderCell(
  { model, connections, rows, mode, rounds }: Cell,
  titles: Result["titles"],
): string {
  const ours = rounds[OURS];
  const lines = Object.entries(rounds).map(([server, own]) => {
    const ratios = (key: "perSecond" | "perCpuSecond") =>
      server === OURS ? [] : own.map((round, index) => (ours?.[index]?.[key] ?? NaN) / round[key]);
    const median = (key: keyof Round) => spread(own.map((round) => round[key]))[1];
    const title = server === OURS ? ourTitle(titles, mode) : titles[server];
    return row(`${title}${limited(own) ? "*" : ""}`, [
      Math.round(median("perSecond")).toLocaleString("en"),
      Math.round(median("perCpuSecond")).toLocaleString("en"),
      figure(median("p50")),
      figure(median("p99")),
      ...spread(ratios("perSecond")).map(figure),
      figure(spread(ratios("perCpuSecond"))[1]),
    ]);
  });
  return [
    `${model}: ${counted(connections, "connection")}, ${counted(rows, "row")} a request`,
    row("", ["requests", "per CPU", "p50", "p99"], "ours as a multiple of it"),
    row("", ["a second", "second", "ms", "ms", "min", "median", "max", "by CPU"]),
    ...lines,
  ].join("\n");
}

export function renderProcesses(
  model: string,
  processes: Result["processes"][string],
  titles: Result["titles"],
): string {
  const lines = Object.entries(processes).map(([server, { mode, ...process }]) =>
    row(server === OURS ? ourTitle(titles, mode) : titles[server]!, [
      `${process.processes}`,
      process.rssAtStart.toFixed(0),
      process.rssUnderLoad.toFixed(0),
      process.pssUnderLoad.toFixed(0),
      ...spread(process.readySeconds).map((value) => value.toFixed(2)),
    ]),
  );
  return [
    `${model}: memory in MB, and seconds from start to ready`,
    row("", ["proc-", "RSS at", "under", "PSS"], "ready after         "),
    row("", ["esses", "start", "load", "then", "min", "median", "max"]),
    ...lines,
  ].join("\n");
}

/** What the figures in the tables are. */
export function renderNotes({ seconds, rounds, notMeasured, titles, cells }: Result): string {
  const anyLimited = cells.some((cell) => Object.values(cell.rounds).some(limited));
  const others = cells.flatMap((cell) =>
    Object.values(cell.rounds).flatMap((own) => own.map((one) => one.others)),
  );
  const [, median, most] = spread(others).map((share) => `${Math.round(share * 100)} %`);
  return [
    `Medians of ${counted(rounds, "round")} of ${counted(seconds, "second")}, the servers in turn. "By CPU" compares requests per`,
    "second of processor time, on which what else runs on this machine has less of a",
    `say: other processes took ${median} of its processors in half of the rounds, and at`,
    `most ${most}. RSS counts a page in each process that has it, PSS once.`,
    ...(anyLimited ? ["* The client was the limit: the server can do more than this."] : []),
    ...Object.entries(notMeasured).map(([server, reason]) => `${titles[server]}: ${reason}`),
  ].join("\n");
}

function ourTitle(titles: Result["titles"], mode: string | undefined): string {
  return mode === undefined ? titles[OURS]! : `${titles[OURS]}, ${mode}`;
}

function limited(rounds: readonly Round[]): boolean {
  return spread(rounds.map(({ clientBusy }) => clientBusy))[1] > BUSY;
}

/** Minimum, median and maximum. */
function spread(values: readonly number[]): [number, number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  return [sorted[0] ?? NaN, sorted[Math.floor(sorted.length / 2)] ?? NaN, sorted.at(-1) ?? NaN];
}

/** Three digits; nothing for what there is no value of. */
function figure(value: number): string {
  if (Number.isNaN(value)) return "";
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

function row(title: string, cells: readonly string[], group?: string): string {
  const columns = cells.map((cell, index) => cell.padStart(WIDTHS[index]!)).join("");
  const line = `${title.padEnd(80 - sum(WIDTHS))}${columns}`;
  return group === undefined ? line.trimEnd() : line + group.padStart(sum(WIDTHS.slice(cells.length)));
}

const sum = (widths: readonly number[]) => widths.reduce((a, b) => a + b);
