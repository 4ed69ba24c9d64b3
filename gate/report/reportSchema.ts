/** The schema of a report's JSON, version 2. Pure. */
import { type Static, type TSchema, Type } from "typebox";
import { METRICS, type MetricName } from "../../contract/index.ts";
import { CHECK_NAMES } from "./report.ts";

const closed = { additionalProperties: false } as const;
const list = <T extends TSchema>(items: T, description: string) => Type.Array(items, { description });
const text = (description: string) => Type.String({ description });
const oneOf = <T extends string>(values: readonly T[], description: string) =>
  Type.Unsafe<T>({ enum: values, description });
const rows = (description: string) => Type.Integer({ minimum: 0, description });
const sha256 = (description: string) => Type.String({ pattern: "^[0-9a-f]{64}$", description });

/** JSON has no NaN and no infinity: null stands for them. */
const number = (description: string) =>
  Type.Unsafe<number>({ type: ["number", "null"], description: `${description} null: no finite number.` });
const interval = (description: string) =>
  Type.Unsafe<[low: number, high: number]>({
    type: "array",
    items: number("One end of the interval."),
    minItems: 2,
    maxItems: 2,
    description,
  });

const FindingSchema = Type.Object(
  {
    what: text("What was found and what was expected, with the values."),
    where: text("File, and the key, line or field in it."),
    fix: text("What to do."),
  },
  closed,
);

const checkName = () => oneOf(CHECK_NAMES, "The check.");

const CheckSchema = Type.Union(
  [
    Type.Object(
      {
        name: checkName(),
        outcome: oneOf(["judged"], "It was judged."),
        found: text("One line on what was looked at."),
        objections: list(FindingSchema, "Why the model may not ship."),
        warnings: list(FindingSchema, "What is wrong, but does not stop the model."),
      },
      closed,
    ),
    Type.Object(
      {
        name: checkName(),
        outcome: oneOf(["notAsked"], "Neither contract nor stack asks for it."),
        why: text("Why it is not asked for. This was known before anything ran."),
      },
      closed,
    ),
    Type.Object(
      {
        name: checkName(),
        outcome: oneOf(["notJudged"], "It is asked for, but could not be judged. The model does not pass."),
        why: text("Why it could not be judged."),
        fault: oneOf(
          ["model", "machine"],
          "model: the model or the data are the cause. machine: judged again or elsewhere, the outcome may differ.",
        ),
        fix: Type.Optional(text("What to do. Absent: another check's objection says it.")),
      },
      closed,
    ),
  ],
  { description: "The outcome of a check." },
);

const DemandSchema = Type.Object(
  {
    kind: oneOf(["min", "max"], "min: the value must not be lower. max: it must not be higher."),
    bound: Type.Number({ description: "The lowest or highest accepted value." }),
    from: oneOf(
      ["contract", "stack"],
      "Where the demand is from: the model's contract, or a setting of the stack.",
    ),
  },
  closed,
);

const MetricSchema = Type.Object(
  {
    metric: oneOf(Object.keys(METRICS) as MetricName[], "The metric, as the contract names it."),
    of: text("The rows: all rows, or a part of them."),
    value: number("The metric's value on these rows."),
    interval: interval("Interval around the value, at 95 % confidence."),
    rows: rows("How many rows these are."),
    demand: Type.Optional(DemandSchema),
    champion: Type.Optional(
      Type.Object(
        {
          value: number("The champion's value on the same rows."),
          difference: number("This model's value minus the champion's."),
          interval: Type.Optional(
            interval(
              "Interval around the difference, at 95 % confidence. Absent: the champion was not judged on these rows.",
            ),
          ),
        },
        closed,
      ),
    ),
  },
  closed,
);

const ChampionSchema = Type.Union(
  [
    Type.Object(
      {
        how: oneOf(
          ["judged", "recorded"],
          "judged: the champion was judged now, on the same rows. recorded: its metrics were measured before, on the same rows.",
        ),
        name: text("The champion."),
        why: Type.Optional(text("Why it was compared in this way.")),
      },
      closed,
    ),
    Type.Object({ how: oneOf(["not compared"], "There was no comparison."), why: text("Why not.") }, closed),
  ],
  { description: "What the model was compared with." },
);

/** A report has these keys and no others: one more key makes another version. */
export const reportSchema = Type.Object(
  {
    version: Type.Literal(2, { description: "Version of this data structure." }),
    remembered: Type.Boolean({
      description: "Whether this judgement is from an earlier run, with the same model, data and gate.",
    }),
    verdict: oneOf(
      ["passed", "refused", "overridden", "notJudged"],
      "overridden: there are objections, but the model ships all the same. notJudged: nothing speaks against the model, but this machine could not judge all that is asked for.",
    ),
    override: Type.Optional(text("Why the model ships despite objections, in words.")),
    model: Type.Optional(
      Type.Object(
        {
          name: text("The model's name, from the contract."),
          version: text("The model's version, from the contract."),
          sha256: Type.Optional(sha256("SHA-256 of model.onnx, in hex. Absent: there is no such file.")),
        },
        { ...closed, description: "The model. Absent: no contract names it." },
      ),
    ),
    checks: list(CheckSchema, "All checks."),
    metrics: list(MetricSchema, "Metrics on the holdout and on parts of it."),
    champion: ChampionSchema,
    golden: Type.Optional(
      Type.Object(
        { file: text("Path that begins with model/."), sha256: sha256("SHA-256 of the file, in hex.") },
        { ...closed, description: "The file of golden requests. Absent: there is none." },
      ),
    ),
    holdout: Type.Optional(
      Type.Object(
        {
          file: text("Path that begins with model/."),
          rows: rows("How many rows it has."),
          sha256: sha256("SHA-256 of the file, in hex."),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: "The report of Slipway's gate on a model" },
);

/** The text of `report.schema.json`, which `npm run report:schema` writes. */
export function reportSchemaText(): string {
  return `${JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", ...reportSchema }, null, 2)}\n`;
}

export type ReportJson = Static<typeof reportSchema>;
