/** If the same rows are run twice in the same batches, the answers are the same, bit by bit. Pure. */
import { type Contract, position, type TensorValues } from "../../contract/index.ts";
import type { Holdout } from "../data/parseHoldout.ts";
import { evenlySpaced, pickRows } from "../data/pickRows.ts";
import { pickedRows, type Table } from "../data/rowsToRun.ts";
import { between } from "../data/tensorsOf.ts";
import { rowOutputs } from "../evidence/answers.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { batchRows } from "../measure/limits.ts";
import { type Failed, failed, notRun, ran, type TableAnswers } from "../measure/measurements.ts";
import { atMost, count, dispose, type Finding } from "../report/report.ts";
import { type CheckDefinition, judged, notHad, unjudged } from "./check.ts";
import { HOLDOUT } from "./holdout.ts";

export const TOGETHER = "rows together, twice";
export const ALONE = "rows alone, twice";
/** Rows that are run alone. At least this many are run together. */
const ROWS = 64;

/** Rows from all over the holdout, each twice: once in batches, and once each in a run of its own. */
export function twiceTables(contract: Contract, holdout: Holdout): Readonly<Record<string, Table>> {
  const batch = batchRows(contract);
  const twice = (picked: Int32Array, batch: number): Table => {
    const outputs = rowOutputs(contract);
    const inputs = pickedRows(contract, holdout, Int32Array.of(...picked, ...picked));
    return { rows: 2 * picked.length, inputs, outputs, returned: outputs, batch };
  };
  return {
    [TOGETHER]: twice(togetherRows(contract, holdout), Math.min(batch, holdout.rows)),
    [ALONE]: twice(aloneRows(contract, holdout), 1),
  };
}

/** Whole batches, so that each row has the same neighbours both times. */
function togetherRows(contract: Contract, { rows }: Holdout): Int32Array {
  const batch = Math.min(batchRows(contract), rows);
  return evenlySpaced(rows, batch * Math.min(Math.ceil(ROWS / batch), Math.floor(rows / batch)));
}

/** The places, among the rows that are run together, of those that are run alone, too. */
export const alonePlaces = (contract: Contract, holdout: Holdout): Int32Array =>
  evenlySpaced(togetherRows(contract, holdout).length, ROWS);

export function aloneRows(contract: Contract, holdout: Holdout): Int32Array {
  const together = togetherRows(contract, holdout);
  return alonePlaces(contract, holdout).map((place) => together[place]!);
}

export const checkNondeterminism: CheckDefinition = {
  name: "nondeterminism",
  judge(evidence) {
    const { contract, golden, measured } = evidence;
    const answered = measured.golden.flatMap((outcome, i) => (ran(outcome) ? [{ outcome, i }] : []));
    const missing = [...measured.golden, measured.tables[TOGETHER]].find(
      (outcome) => outcome && notRun(outcome),
    );
    if (missing !== undefined && notRun(missing) && missing.fault === "machine") return notHad(missing);
    if (answered.length === 0) return unjudged("the model answered no golden request");
    const differing = answered.flatMap(({ outcome, i }): Finding[] => {
      const what = difference(outcome.outputs, outcome.again);
      if (what === undefined) return [];
      const where = `${golden.file}, /requests/${i} (${golden.value?.[i]?.name})`;
      return [{ what: `${what} for the same request again.`, where, fix: FIX }];
    });
    return judged(
      `${count(answered.length, "request")} twice, ${differing.length} answered differently`,
      dispose(
        contract.validation?.findings?.nondeterminism ?? "refuse",
        atMost(5, [...differing, ...differingRows(evidence)]),
      ),
    );
  },
};

const FIX =
  "export the model without random draws: dropout in training mode, random or multinomial operators";

/** At most one: a model that draws at random in a batch does so alone, too. */
function differingRows({ contract, measured, holdout }: Evidence): Finding[] {
  if (holdout?.value === undefined) return [];
  const { lines } = holdout.value;
  const together = failedTogether(measured);
  if (together !== undefined) {
    const what = `The model answers the holdout, but fails on some of its rows in another order: ${together.error}.`;
    return [{ what, where: holdout.file, fix: together.fix ?? FIX }];
  }
  for (const { table, picked, how } of [
    {
      table: TOGETHER,
      picked: togetherRows(contract, holdout.value),
      how: "for the same rows together again",
    },
    { table: ALONE, picked: aloneRows(contract, holdout.value), how: "for the same row alone again" },
  ]) {
    const outcome = measured.tables[table];
    if (outcome === undefined || !ran(outcome)) continue; // batchDependence objects to rows that fail alone
    const what = difference(...halves(outcome), (row) => lines[picked[row]!]!);
    if (what !== undefined) return [{ what: `${what} ${how}.`, where: holdout.file, fix: FIX }];
  }
  return [];
}

/** Why the model fails on rows of the holdout in another order, although it answers the holdout. */
function failedTogether({ tables }: Evidence["measured"]): Failed | undefined {
  const [all, together] = [tables[HOLDOUT], tables[TOGETHER]];
  return all && together && ran(all) && failed(together) ? together : undefined;
}

/** The first and the second answers in a table of rows that are run twice. */
export function halves({ outputs }: TableAnswers): [first: TensorValues, again: TensorValues] {
  const [rows = 0] = Object.values(outputs)[0]?.shape ?? [];
  return [pickRows(outputs, between(0, rows / 2)), pickRows(outputs, between(rows / 2, rows))];
}

/**
 * Whether the same rows in the same batch were answered differently. In that case a difference says nothing about the batch.
 *
 * @param random The outputs that differed.
 */
export const isRandom = ({ measured }: Evidence, random: ReadonlySet<string>): boolean =>
  random.size > 0 || failedTogether(measured) !== undefined;

/** The outputs that differed for the same rows in the same batch. */
export function randomOutputs({ measured }: Evidence): ReadonlySet<string> {
  const pairs = [
    ...measured.golden.flatMap((outcome) =>
      ran(outcome) ? [[outcome.outputs, outcome.again] as const] : [],
    ),
    ...[TOGETHER, ALONE].flatMap((table) => {
      const outcome = measured.tables[table];
      return outcome !== undefined && ran(outcome) ? [halves(outcome)] : [];
    }),
  ];
  const random = pairs.flatMap(([first, again]) =>
    Object.keys(first).filter((name) => difference({ [name]: first[name]! }, again) !== undefined),
  );
  return new Set(random);
}

/** The first difference. @param lineOf The line of a row, if the first index is the row. */
function difference(
  first: TensorValues,
  again: TensorValues,
  lineOf?: (row: number) => number,
): string | undefined {
  for (const [name, { shape, data }] of Object.entries(first)) {
    const second = again[name];
    if (String(second?.shape) !== String(shape))
      return `${name} has the shape [${shape}] at first, and [${second?.shape}]`;
    for (let i = 0; i < data.length; i++) {
      if (data[i] === second!.data[i] || Object.is(data[i], second!.data[i])) continue; // 0 and -0 are one answer
      const [rows = 0, ...rest] = shape;
      const width = data.length / rows;
      const element = lineOf
        ? `${name}${width === 1 ? "" : position(i % width, rest)} for line ${lineOf(Math.floor(i / width))}`
        : `${name}${position(i, shape)}`;
      return `${element} is ${data[i]} at first, and ${second!.data[i]}`;
    }
  }
  return undefined;
}
