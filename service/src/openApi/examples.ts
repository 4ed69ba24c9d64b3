/** Requests that work, for people to start from: the contract's own golden request, or one made from its limits. Pure. */
import { type Column, type Datatype, elementCount, type ServedContract } from "../../../contract/index.ts";
import { type GoldenRequest, inferBody } from "../golden/goldenRequest.ts";
import { type CellReader, cellReader } from "../input/cells.ts";

export interface Examples {
  /** Rows of values in the contract's order, and those values by name; undefined if some input has no columns. */
  readonly rows?: readonly (readonly unknown[])[];
  readonly names: readonly string[];
  /** The body of a request to `…/infer`; undefined if it is too long to be read. */
  readonly infer?: unknown;
  /** Nested lists by input, if there are no `rows` and these are not too long. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** The answers to `rows`, if the golden request has them: the values of the outputs, one entry per row. */
  readonly answers?: Readonly<Record<string, readonly unknown[]>>;
}

/** Rows that an example shows at most. */
const MOST_ROWS = 3;

/** Characters of the body to `…/infer`: a page would not show more in good time. */
const LONGEST_INFER = 50_000;

export function examples(contract: ServedContract, golden: GoldenRequest | undefined): Examples {
  const { inputs } = contract;
  const names = inputs.flatMap(({ columns = [] }) => columns.map(({ name }) => name));
  const request = golden ?? made(contract);
  if (!request) return { names };
  const perInput = inputs.map(({ name, shape }) => rowsOf(request.inputs[name], shape));
  const rows = (perInput[0] ?? []).map((_, row) => perInput.flatMap((of) => of[row] ?? []));
  const tabular = inputs.every(({ columns }) => columns !== undefined);
  const infer = inferBody(request, contract);
  const short = JSON.stringify(infer).length <= LONGEST_INFER;
  return {
    names,
    ...(short && { infer }),
    ...(short && !tabular && { inputs: request.inputs }),
    ...(tabular && { rows }),
    ...(tabular && golden && { answers: golden.outputs as Readonly<Record<string, readonly unknown[]>> }),
  };
}

/** The values of the first rows, whatever the dimensions of a row are. */
function rowsOf(value: unknown, shape: readonly number[]): unknown[][] {
  if (shape[0] !== -1 || !Array.isArray(value)) return [];
  return value.slice(0, MOST_ROWS).map((row) => [row].flat(Infinity));
}

/** One row, or the smallest tensor if there are no rows; undefined if that is too long already. */
function made({ inputs, outputs }: ServedContract): GoldenRequest | undefined {
  const elements = inputs.map(({ shape }) => elementCount(shape.map(Math.abs)));
  if (elements.some((count) => count > LONGEST_INFER)) return undefined;
  return {
    inputs: Object.fromEntries(
      inputs.map(({ name, datatype, shape, columns }) => {
        const sizes = shape.map(Math.abs); // one of what may be any number
        const cells =
          columns?.map((column) => likelyCell(datatype, column)) ??
          Array.from<unknown>({ length: elementCount(sizes) }).fill(likelyCell(datatype, {}));
        return [name, inShape(cells, sizes)];
      }),
    ),
    outputs: Object.fromEntries(outputs.map(({ name }) => [name, []])),
  };
}

/** The first category, the middle of the limits, a limit, or what the datatype takes: the first that a request may hold. */
function likelyCell(datatype: Datatype, column: Omit<Column, "name">): unknown {
  const { categories = [], min, max } = column;
  const middle = min !== undefined && max !== undefined ? [min / 2 + max / 2] : [];
  const limits = [min, max].filter((limit) => limit !== undefined);
  const numbers = [...middle.flatMap((value) => [Math.round(value), value]), ...limits, 0];
  const candidates = [
    ...categories,
    ...numbers,
    ...limits.flatMap((limit) => [Math.ceil(limit), Math.floor(limit)]),
    "",
  ];
  const read: CellReader = cellReader(datatype, column);
  return candidates.find((candidate) => "cell" in read(candidate)) ?? 0;
}

function inShape(cells: readonly unknown[], sizes: readonly number[]): unknown {
  if (sizes.length === 0) return cells[0];
  return sizes
    .slice(1)
    .reduceRight<readonly unknown[]>(
      (level, size) =>
        Array.from({ length: level.length / size }, (_, i) => level.slice(i * size, (i + 1) * size)),
      cells,
    );
}
