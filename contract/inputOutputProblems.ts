/** Problems of a contract's inputs and outputs, and of their columns. Pure. */

import type { Input, SoundParts } from "./contract.ts";
import { rangeOf } from "./heldAs.ts";
import { type ContractProblem, unsafeInteger } from "./problems.ts";

/** The problems of each input and output alone. */
export function inputOutputProblems({ inputs, outputs }: SoundParts): ContractProblem[] {
  return [
    ...duplicates(inputs?.map((input) => input?.name) ?? [], (i) => `/inputs/${i}/name`),
    ...duplicates(outputs?.map((output) => output?.name) ?? [], (i) => `/outputs/${i}/name`),
    ...duplicateColumns(inputs ?? []),
    ...(inputs ?? []).flatMap((input, i) => (input ? inputProblems(input, `/inputs/${i}`) : [])),
    ...(outputs ?? []).flatMap((output, i) => zeroDimensions(output?.shape, `/outputs/${i}/shape`)),
  ];
}

function duplicates(
  names: readonly (string | undefined)[],
  pointer: (index: number) => string,
): ContractProblem[] {
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (name === undefined || first === index) return [];
    return [
      {
        pointer: pointer(index),
        message: `is ${JSON.stringify(name)}, as ${pointer(first)} is: names must differ`,
      },
    ];
  });
}

/** Requests name the columns of all inputs in one object, so they must differ across inputs too. */
function duplicateColumns(inputs: NonNullable<SoundParts["inputs"]>): ContractProblem[] {
  const columns = inputs.flatMap((input, i) =>
    (input?.columns ?? []).map((column, j) => ({
      name: column?.name,
      pointer: `/inputs/${i}/columns/${j}/name`,
    })),
  );
  return duplicates(
    columns.map(({ name }) => name),
    (index) => columns[index]!.pointer,
  );
}

function inputProblems(input: Input, pointer: string): ContractProblem[] {
  const { shape, columns, datatype } = input;
  const problems = zeroDimensions(shape, `${pointer}/shape`);
  if (!columns) return problems;
  if (shape && problems.length === 0) problems.push(...columnCountProblems(shape, columns.length, pointer));
  if (datatype === "FP16" || datatype === "BOOL") {
    problems.push({
      pointer: `${pointer}/datatype`,
      message: `is ${datatype}, which an input with columns cannot have`,
      fix: `cast inside the model and take ${datatype === "FP16" ? "FP32" : "INT64"}`,
    });
  }
  columns.forEach((column, j) => {
    if (column) problems.push(...columnProblems(column, datatype, `${pointer}/columns/${j}`));
  });
  return problems;
}

function columnCountProblems(
  shape: readonly (number | undefined)[],
  columns: number,
  pointer: string,
): ContractProblem[] {
  const [rows, ...rest] = shape;
  if (shape.includes(undefined)) return [];
  if (rows !== -1 || rest.includes(-1)) {
    const message = `is ${JSON.stringify(shape)}, but with columns the first dimension is the rows (-1) and the others are fixed`;
    const fix = `for rows of ${columns}: [-1, ${columns}]; a model that takes a fixed number of rows is to be exported with its first dimension free`;
    return [{ pointer: `${pointer}/shape`, message, fix }];
  }
  const wanted = rest.reduce<number>((product, size) => product * size!, 1);
  if (wanted === columns) return [];
  return [
    {
      pointer: `${pointer}/columns`,
      message: `has ${columns}, but shape ${JSON.stringify(shape)} takes ${wanted} per row`,
    },
  ];
}

function columnProblems(
  column: NonNullable<NonNullable<Input["columns"]>[number]>,
  datatype: Input["datatype"],
  pointer: string,
): ContractProblem[] {
  const problems: ContractProblem[] = [];
  const { min, max, categories } = column;
  if (min !== undefined && max !== undefined && min > max) {
    problems.push({ pointer: `${pointer}/min`, message: `is ${min}, above max ${max}` });
  }
  if (datatype === undefined) return problems;
  const text = datatype === "BYTES";
  if (column.missing === true && !text && !datatype.startsWith("FP"))
    problems.push({
      pointer: `${pointer}/missing`,
      message: `is true, but a ${datatype} column holds whole numbers, and none of them is a missing one`,
      fix: "take FP32, whose NaN is a missing value, and cast inside the model",
    });
  if (datatype === "INT64" || datatype === "UINT64") problems.push(...unsafeIntegers(column, pointer));
  for (const key of ["min", "max"] as const) {
    if (text && column[key] !== undefined) {
      problems.push({
        pointer: `${pointer}/${key}`,
        message: `is ${column[key]}, but a BYTES column holds text, which has no ${key}`,
      });
    }
  }
  const whole = /INT/.test(datatype);
  // 64-bit integers beyond 2^53 have a problem of their own already.
  const [lowest, highest] = datatype.endsWith("INT64") ? [-Infinity, Infinity] : rangeOf(datatype);
  categories?.forEach((category, k) => {
    if (whole && typeof category === "number" && !Number.isInteger(category))
      problems.push({
        pointer: `${pointer}/categories/${k}`,
        message: `is ${category}, and a ${datatype} column holds whole numbers`,
      });
    else if (typeof category === "number" && !text && (category < lowest || category > highest))
      problems.push({
        pointer: `${pointer}/categories/${k}`,
        message: `is ${category}, and ${datatype} runs from ${lowest} to ${highest}`,
      });
    if (category === undefined || (typeof category === "string") === text) return;
    const message = `must be ${text ? "a string" : "a number"} in a ${datatype} column, got ${JSON.stringify(category)}`;
    problems.push({ pointer: `${pointer}/categories/${k}`, message });
  });
  return problems;
}

/** Only numbers that 64 bits may hold: 1e300 as a limit of integers is no mistake in a digit. */
function unsafeIntegers(
  { min, max, categories }: NonNullable<NonNullable<Input["columns"]>[number]>,
  pointer: string,
): ContractProblem[] {
  const values: readonly (readonly [place: string, value: unknown])[] = [
    ["min", min],
    ["max", max],
    ...(categories ?? []).map((category, k) => [`categories/${k}`, category] as const),
  ];
  return values.flatMap(([place, value]) =>
    typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER && Math.abs(value) < 2 ** 64
      ? [unsafeInteger(`${pointer}/${place}`)]
      : [],
  );
}

function zeroDimensions(
  shape: readonly (number | undefined)[] | undefined,
  pointer: string,
): ContractProblem[] {
  return (shape ?? []).flatMap((size, i) =>
    size === 0
      ? [{ pointer: `${pointer}/${i}`, message: "is 0: a dimension is -1 (any size) or at least 1" }]
      : [],
  );
}
