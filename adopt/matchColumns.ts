/** Decides which column of the data goes into which input. Pure. */
import { DATATYPES, type Datatype, elementCount, type TensorInfo } from "../contract/index.ts";
import { NO_TENSOR, WITHOUT_ZIPMAP } from "../gate/instruments.ts";
import { count, type Finding } from "../gate/report/index.ts";
import { closest, plain } from "./closest.ts";
import { listed, requireColumn, type Table } from "./labelledRows.ts";
import { type Choices, type Decision, Mistake, mistake, OpenQuestion } from "./mistake.ts";

export interface Matched {
  readonly inputs: readonly MatchedInput[];
  readonly decisions: readonly Decision[];
}

interface MatchedInput {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** Columns of the data; absent without data. */
  readonly columns?: readonly string[];
}

/** Checks that the service can take these tensors. @throws Mistake for other inputs and outputs. */
export function tensors(
  kind: "input" | "output",
  found: readonly TensorInfo[],
  file: string,
): (TensorInfo & { datatype: Datatype })[] {
  const findings = found.flatMap(({ name, datatype }): Finding[] => {
    if ((DATATYPES as readonly string[]).includes(datatype)) return [];
    const where = `${file}, the ${kind} ${JSON.stringify(name)}`;
    if (datatype === NO_TENSOR && kind === "output")
      return [
        {
          what: `The output ${JSON.stringify(name)} is not a tensor but a list of dictionaries or the like, as ZipMap makes from scores.`,
          where,
          fix: WITHOUT_ZIPMAP,
        },
      ];
    return [
      {
        what: `The ${kind} ${JSON.stringify(name)} is ${datatype === NO_TENSOR ? "not a tensor" : `of ${datatype}`}, and the service cannot ${kind === "input" ? "take" : "give"} that.`,
        where,
        fix: "cast it inside the model to FP32 or INT64, and export again",
      },
    ];
  });
  if (findings.length > 0) throw new Mistake(findings);
  return found as (TensorInfo & { datatype: Datatype })[];
}

/**
 * @param target The column with the right answers, which the model must not see.
 * @throws Mistake if data and model do not fit; OpenQuestion if there are more columns than the model takes.
 */
export function matchColumns(
  given: readonly TensorInfo[],
  modelFile: string,
  table: Table,
  target: string,
  { features }: Pick<Choices, "features"> = {},
): Matched {
  const inputs = tensors("input", given, modelFile);
  const fixed = inputs.flatMap((input) => notInRows(input, modelFile));
  if (fixed.length > 0) throw new Mistake(fixed);

  const others = table.columns.filter((name) => name !== target);
  const widths = inputs.map(({ shape }) => elementCount(shape.slice(1)));
  const taken = widths.reduce((sum, width) => sum + width, 0);
  if (features !== undefined) {
    for (const name of features) requireColumn(table, name, "features");
    if (features.length !== taken)
      throw mistake(
        `--features names ${count(features.length, "column")}, but the model takes ${taken} values per row.`,
        `${modelFile}, ${inputsText(inputs)}`,
        "name that many, in the order in which the model takes them",
      );
    return dealt(inputs, widths, features, "named by --features, in that order", table, target);
  }
  if (inputs.every((_, i) => widths[i] === 1)) {
    const byName = inputs.map(({ name }) => alike(name, others));
    if (byName.every((name) => name !== undefined) && new Set(byName).size === byName.length)
      return dealt(inputs, widths, byName, "each input takes the column of its own name", table, target);
    if (inputs.length > 1) throw missing(inputs, byName, others, table);
  }
  if (others.length === taken)
    return dealt(
      inputs,
      widths,
      others,
      taken === 1
        ? "it is the only column besides the target"
        : `the ${taken} columns besides the target, in the file's order: the model does not say which value is which`,
      table,
      target,
    );
  if (others.length < taken)
    throw mistake(
      `The model takes ${taken} values per row, but the data has ${count(others.length, "column")} besides the target ${JSON.stringify(target)}: ${listed(others)}.`,
      `${table.file}:1; ${modelFile}, ${inputsText(inputs)}`,
      "give the columns that the model was trained on, after the same preprocessing, in the same order",
    );
  const guess = others.filter((name) => !/^(id|index|row|unnamed.*)$|[_ ]id$/i.test(name));
  throw new OpenQuestion(
    "features",
    `Which ${taken} of the ${others.length} columns does the model take, and in which order? The data has ${listed(others, 40)}.`,
    guess.length === taken ? guess.join(",") : undefined,
  );
}

/** Deals the columns out to the inputs, in their order. */
function dealt(
  inputs: ReturnType<typeof tensors>,
  widths: readonly number[],
  columns: readonly string[],
  why: string,
  table: Table,
  target: string,
): Matched {
  let start = 0;
  const matched = inputs.map(({ name, datatype, shape }, i) => {
    const own = columns.slice(start, (start += widths[i]!));
    return { name, datatype, shape, columns: own };
  });
  const unused = table.columns.filter((name) => name !== target && !columns.includes(name));
  return {
    inputs: matched,
    decisions: [
      { about: "columns", choice: listed(columns, 5), why },
      ...(unused.length > 0
        ? [
            {
              about: "unused columns",
              choice: listed(unused, 5),
              why: "the model does not take them; they stay in the holdout, where slices may name them",
            },
          ]
        : []),
    ],
  };
}

/** The column of that name, or the only one that differs just in upper case, spaces and underscores. */
function alike(name: string, columns: readonly string[]): string | undefined {
  if (columns.includes(name)) return name;
  const like = columns.filter((column) => plain(column) === plain(name));
  return like.length === 1 ? like[0] : undefined;
}

function missing(
  inputs: readonly TensorInfo[],
  byName: readonly (string | undefined)[],
  others: readonly string[],
  { file }: Table,
): Mistake {
  const left = others.filter((name) => !byName.includes(name));
  return new Mistake(
    inputs.flatMap(({ name }, i) => {
      if (byName[i] !== undefined) return [];
      const near = closest(name, left);
      return [
        {
          what: `The model's input ${JSON.stringify(name)} has no column of that name; the data also has ${listed(left) || "no other column"}.`,
          where: `${file}:1`,
          fix:
            near.length > 0
              ? `rename the column ${near.map((column) => JSON.stringify(column)).join(" or ")}, or name all columns in the inputs' order with --features`
              : "add the column, or name all columns in the inputs' order with --features",
        },
      ];
    }),
  );
}

/** Why rows of the data cannot be given to an input. */
function notInRows({ name, datatype, shape }: TensorInfo, file: string): Finding[] {
  const where = `${file}, the input ${JSON.stringify(name)}`;
  const text = `${datatype} [${shape.join(", ")}]`;
  const [rows, ...rest] = shape;
  if (rows !== -1)
    return [
      {
        what: `The input ${JSON.stringify(name)} is ${text}: it takes a fixed number of rows, but a holdout may have any number.`,
        where,
        fix: `leave the first dimension free: torch.onnx.export(…, dynamic_shapes={${JSON.stringify(name)}: {0: "rows"}}); skl2onnx: FloatTensorType([None, …])`,
      },
    ];
  if (rest.includes(-1))
    return [
      {
        what: `The input ${JSON.stringify(name)} is ${text}: it does not say how many values a row has.`,
        where,
        fix: "fix all dimensions but the first: skl2onnx.to_onnx(model, X[:1]) does; or leave out --holdout, and only golden requests judge the model",
      },
    ];
  if (datatype === "FP16" || datatype === "BOOL")
    return [
      {
        what: `The input ${JSON.stringify(name)} is ${text}, but a column's values cannot be given as ${datatype}.`,
        where,
        fix: `take ${datatype === "FP16" ? "FP32" : "INT64"}, and cast inside the model`,
      },
    ];
  return [];
}

const inputsText = (inputs: readonly TensorInfo[]) =>
  inputs.length === 1
    ? `the input ${JSON.stringify(inputs[0]!.name)} of ${inputs[0]!.datatype} [${inputs[0]!.shape.join(", ")}]`
    : `${inputs.length} inputs`;
