/** Where a Node.js program spends its time: a `.cpuprofile` as a table of self time. Pure. */
import type { SourceMap, SourceMapping } from "node:module";

/** What `node --cpu-prof` writes. Microseconds of the monotonic clock. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      /** From 0. */
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
  }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  /** File and line; empty for what is not JavaScript. */
  readonly place: string;
  /** Of the time in which it was not idle. */
  readonly share: number;
}

/**
 * @param from Microseconds of the monotonic clock, as `until`: samples outside are left out.
 * @param mapOf The source map of a bundle, by its URL.
 * @returns greatest share first.
 */
export function selfTimes(
  { nodes, startTime, samples, timeDeltas }: CpuProfile,
  { from, until, mapOf }: { from: number; until: number; mapOf: (url: string) => SourceMap },
): SelfTime[] {
  const byId = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, { name: string; place: string; time: number }>();
  let now = startTime;
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index]!;
    now += delta;
    if (now < from || now >= until) continue;
    const { functionName, url, lineNumber, columnNumber } = byId.get(id)!;
    if (functionName === "(idle)") continue;
    const place = url.startsWith("node:") || url === "" ? url : placeOf(mapOf(url), lineNumber, columnNumber);
    const name = functionName || "(anonymous)";
    const key = `${name} ${place} ${url.startsWith("node:") ? lineNumber : ""}`;
    const entry = times.get(key) ?? { name, place, time: 0 };
    times.set(key, entry);
    entry.time += delta;
    total += delta;
  }
  return [...times.values()]
    .map(({ name, place, time }) => ({ name, place, share: time / total }))
    .toSorted((a, b) => b.share - a.share);
}

function placeOf(map: SourceMap, line: number, column: number): string {
  // What the bundler itself has written is from nowhere.
  const { originalSource, originalLine } = map.findEntry(line, column) as Partial<SourceMapping>;
  if (originalSource === undefined || originalLine === undefined) return "";
  return `${originalSource.replace(/^.*node_modules\//, "")}:${originalLine + 1}`;
}

export function renderSelfTimes(times: readonly SelfTime[]): string {
  return times
    .map(
      ({ name, place, share }) =>
        `${`${(share * 100).toFixed(1)} %`.padStart(7)}  ${name.padEnd(28)} ${place}`,
    )
    .join("\n");
}
