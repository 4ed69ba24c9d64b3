import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type JudgeOptions, judge } from "../../gate/judge.ts";
import { objections, openQuestions, type Report } from "../../gate/report/report.ts";
import { exitCodeOf } from "../../gate/report/verdict.ts";
import { BREAKS, type Break, drawModel, seeded } from "../support/anyModel.ts";
import { ACCIDENTS, type Accident, broken, counting } from "../support/brokenWire.ts";
import { handedOn } from "../support/handedOn.ts";
import { long, report as show } from "../support/long.ts";

/** Number of cases: each has a good model, and the same with one thing wrong. */
const CASES = long ? 2000 : 24;
const FIRST_SEED = 1;

interface Verdict {
  readonly exit: 0 | 1 | 2;
  readonly report: Report;
}

async function verdictOn(
  folder: string,
  seed: number,
  wrong: Break | undefined,
  options?: JudgeOptions,
): Promise<Verdict> {
  const place = path.join(folder, `${seed}-${wrong ?? "good"}`);
  drawModel(place, seed, wrong);
  try {
    const { report } = await judge(place, options);
    return { exit: exitCodeOf(report.verdict), report };
  } finally {
    rmSync(place, { recursive: true });
  }
}

/** @param more.replies How many the process gives if nothing goes wrong. */
function verdictOnBroken(
  folder: string,
  seed: number,
  kind: Break | Accident,
  { replies, spawn }: { readonly replies: number; readonly spawn: JudgeOptions["spawn"] },
) {
  if (!isAccident(kind)) return verdictOn(folder, seed, kind, { spawn });
  // After the last reply everything is over, so nothing can go wrong.
  const at = Math.floor(seeded(seed)() * (replies - 1));
  return verdictOn(folder, seed, undefined, { spawn: broken(kind, at), limits: { idleSeconds: 1 } });
}

const why = ({ report }: Verdict) =>
  JSON.stringify([
    ...objections(report).map(({ what }) => what),
    ...openQuestions(report).map(({ why }) => why),
  ]);

describe("A model drawn at random", function () {
  this.timeout(CASES * 30_000);
  const kinds: readonly (Break | Accident)[] = [...BREAKS, ...ACCIDENTS];
  const kept = handedOn();
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "slipway-fuzz-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it(`passes if it is good, and does not if one thing is wrong: ${CASES} cases, by turns ${kinds.join(", ")}`, async () => {
    const failures: string[] = [];
    const exits: Record<string, number> = {};
    let next = 0;
    const worker = async () => {
      for (let i = next++; i < CASES; i = next++) {
        const seed = FIRST_SEED + i;
        const kind = kinds[i % kinds.length]!;
        const { spawn, count } = counting(kept);
        const good = await verdictOn(folder, seed, undefined, { spawn });
        if (good.exit !== 0) failures.push(`seed ${seed}: the good model is not let through: ${why(good)}`);
        const bad = await verdictOnBroken(folder, seed, kind, { replies: count(), spawn: kept });
        const wanted = isAccident(kind) ? 2 : 1;
        exits[`${kind}: ${bad.exit}`] = (exits[`${kind}: ${bad.exit}`] ?? 0) + 1;
        if (bad.exit !== wanted)
          failures.push(`seed ${seed}, ${kind}: exit ${bad.exit}, not ${wanted}: ${why(bad)}`);
      }
    };
    await Promise.all(Array.from({ length: os.availableParallelism() }, worker));

    show(
      Object.entries(exits)
        .map(([what, times]) => `${what} (${times} times)`)
        .join(", "),
    );
    assert.deepEqual(failures, []);
  });
});

const isAccident = (kind: Break | Accident): kind is Accident =>
  (ACCIDENTS as readonly string[]).includes(kind);
