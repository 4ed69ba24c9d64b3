/** What the slices, classes and invariances of a contract's `validation` demand of the other fields. Pure. */

import type { SoundParts } from "./contract.ts";
import type { Datatype } from "./datatypes.ts";
import { joinPointer } from "./jsonPointer.ts";
import type { ContractProblem } from "./problems.ts";

type SoundValidation = NonNullable<SoundParts["validation"]>;
type Slice = NonNullable<NonNullable<SoundValidation["slices"]>[number]>;
type Condition = NonNullable<NonNullable<Slice["where"]>[string]>;
type Invariance = NonNullable<NonNullable<SoundValidation["invariances"]>[number]>;

export function sliceAndInvarianceProblems(
  contract: SoundParts,
  validation: SoundValidation,
): ContractProblem[] {
  const { slices, invariances } = validation;
  return [
    ...classProblems(contract, validation),
    ...(slices ?? []).flatMap((slice, i) =>
      Object.entries(slice?.where ?? {}).flatMap(([column, condition]) =>
        column === validation.holdout?.target
          ? [targetCondition(contract, joinPointer(`/validation/slices/${i}/where`, column))]
          : conditionProblems(
              contract,
              column,
              condition,
              joinPointer(`/validation/slices/${i}/where`, column),
            ),
      ),
    ),
    ...(invariances ?? []).flatMap((invariance, i) =>
      invariance ? invarianceProblems(contract, invariance, `/validation/invariances/${i}`) : [],
    ),
  ];
}

function classProblems(contract: SoundParts, { classes }: SoundValidation): ContractProblem[] {
  if (!classes) return [];
  if (contract.task === "regression") {
    return [
      {
        pointer: "/validation/classes",
        message: "is set, but the task is regression, which has no classes",
        fix: "remove it",
      },
    ];
  }
  const named = classes.map((entry) => entry?.class);
  return named.flatMap((label, i) => {
    const pointer = `/validation/classes/${i}/class`;
    const first = named.indexOf(label);
    if (label === undefined || first === i) return unknownClass(contract, label, pointer);
    return [
      {
        pointer,
        message: `is ${JSON.stringify(label)}, as /validation/classes/${first}/class is`,
        fix: "put the floors of a class into one entry",
      },
    ];
  });
}

function unknownClass(
  { classes }: SoundParts,
  label: number | string | undefined,
  pointer: string,
): ContractProblem[] {
  if (label === undefined || !classes || classes.includes(undefined) || classes.includes(label)) return [];
  const known = classes.map((entry) => JSON.stringify(entry)).join(", ");
  return [
    { pointer, message: `is ${JSON.stringify(label)}, which is no class`, fix: `name one of ${known}` },
  ];
}

function targetCondition({ task }: SoundParts, pointer: string): ContractProblem {
  return {
    pointer,
    message: "is the target: a slice is chosen by what is known before the answer",
    fix:
      task === "classification"
        ? "name another column; floors for single classes stand under /validation/classes"
        : "name another column",
  };
}

function conditionProblems(
  contract: SoundParts,
  column: string,
  condition: Condition | undefined,
  pointer: string,
): ContractProblem[] {
  if (!condition) return [];
  const { from, below } = condition;
  const range = ["from", "below"].filter((key) => key in condition);
  const problems: ContractProblem[] = [];
  if (from !== undefined && below !== undefined && from >= below) {
    problems.push({
      pointer,
      message: `takes no value: from ${from} is not less than below ${below}`,
      fix: "from is the lowest value that it takes, below the first that it does not",
    });
  }
  if ("in" in condition && range.length > 0) {
    problems.push({
      pointer,
      message: `has in and ${range.join(" and ")}: it takes either single values or a range`,
      fix: "remove one of them",
    });
  }
  if (range.length > 0 && features(contract)?.get(column) === "BYTES") {
    problems.push({
      pointer,
      message: `has ${range.join(" and ")}, but the column is BYTES, and text has no range`,
      fix: 'list the values that it takes: {"in": […]}',
    });
  }
  return problems;
}

function invarianceProblems(
  contract: SoundParts,
  invariance: Invariance,
  pointer: string,
): ContractProblem[] {
  const { feature, score } = invariance;
  const problems: ContractProblem[] = [];
  const known = features(contract);
  if (feature !== undefined && known && !known.has(feature)) {
    problems.push({
      pointer: `${pointer}/feature`,
      message: `is ${JSON.stringify(feature)}, which is no column of an input`,
      fix: `name one of ${[...known.keys()].join(", ")}`,
    });
  }
  if (feature !== undefined && known?.get(feature) === "BYTES" && score !== undefined && score !== "stays") {
    problems.push({
      pointer: `${pointer}/score`,
      message: `is ${JSON.stringify(score)}, but ${JSON.stringify(feature)} is BYTES, and text does not grow`,
      fix: 'say "stays", or remove the entry',
    });
  }
  if (contract.task === "regression" && "class" in invariance) {
    problems.push({
      pointer: `${pointer}/class`,
      message: "is set, but the task is regression, which has no classes",
      fix: "remove it: the prediction itself is meant",
    });
  }
  if (contract.task === "classification")
    problems.push(...unknownClass(contract, invariance.class, `${pointer}/class`));
  return problems;
}

/** Datatypes by the name of the column; undefined if not all names are known. */
function features({ inputs }: SoundParts): ReadonlyMap<string, Datatype | undefined> | undefined {
  if (!inputs?.every((input) => input?.columns?.every((column) => column?.name !== undefined)))
    return undefined;
  return new Map(
    inputs.flatMap((input) => input!.columns!.map((column) => [column!.name!, input!.datatype] as const)),
  );
}
