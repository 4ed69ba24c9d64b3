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
    items: number("An end."),
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
        warnings: list(FindingSchema, "What is wrong and does not stop it."),
      },
      closed,
    ),
    Type.Object(
      {
        name: checkName(),
        outcome: oneOf(["notAsked"], "Neither contract nor stack ask for it."),
        why: text("Why it is not asked for: known before anything ran."),
      },
      closed,
    ),
    Type.Object(
      {
        name: checkName(),
        outcome: oneOf(["notJudged"], "It is asked for, and could not be judged: the model does not pass."),
        why: text("Why it could not be judged."),
        fault: oneOf(
          ["model", "machine"],
          "model: model or data are the cause. machine: judged again, elsewhere, it may be otherwise.",
        ),
        fix: Type.Optional(text("What to do. Absent: another check's objection says it.")),
      },
      closed,
    ),
  ],
  { description: "What came of a check." },
);

const DemandSchema = Type.Object(
  {
    kind: oneOf(["min", "max"], "min: the value must not be lower. max: it must not be higher."),
    bound: Type.Number({ description: "The lowest or highest accepted value." }),
    from: oneOf(["contract", "stack"], "Who demands it: the model's contract, or a setting of the stack."),
  },
  closed,
);

const MetricSchema = Type.Object(
  {
    metric: oneOf(Object.keys(METRICS) as MetricName[], "The metric, as the contract names it."),
    of: text("The rows: all rows, or a part of them."),
    value: number("The metric's value on these rows."),
    interval: interval("Around the value, at 95 % confidence."),
    rows: rows("How many rows these are."),
    demand: Type.Optional(DemandSchema),
    champion: Type.Optional(
      Type.Object(
        {
          value: number("The champion's value on the same rows."),
          difference: number("This model's value less the champion's."),
          interval: Type.Optional(
            interval(
              "Around the difference, at 95 % confidence. Absent: the champion was not judged on these rows.",
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
          "judged: now, on the same rows. recorded: by what was measured of it before, on the same rows.",
        ),
        name: text("The champion."),
        why: Type.Optional(text("Why in this way.")),
      },
      closed,
    ),
    Type.Object({ how: oneOf(["not compared"], "There was no comparison."), why: text("Why not.") }, closed),
  ],
  { description: "With what the model was compared." },
);

/** A report has these keys and no others: one key more makes another version. */
export const reportSchema = Type.Object(
  {
    version: Type.Literal(2, { description: "Of this data structure." }),
    remembered: Type.Boolean({
      description: "Whether this is the judgement of an earlier run, of the same model, data and gate.",
    }),
    verdict: oneOf(
      ["passed", "refused", "overridden", "notJudged"],
      "overridden: there are objections, and the model ships all the same. notJudged: nothing speaks against the model, and not all that is asked for could be judged on this machine.",
    ),
    override: Type.Optional(text("The reason in words for which an objectionable model ships.")),
    model: Type.Optional(
      Type.Object(
        {
          name: text("As the contract names it."),
          version: text("As the contract counts it."),
          sha256: Type.Optional(sha256("Of model.onnx. Absent: there is none.")),
        },
        { ...closed, description: "Absent: there is no contract to take it from." },
      ),
    ),
    checks: list(CheckSchema, "All that was looked at."),
    metrics: list(MetricSchema, "On the holdout and parts of it."),
    champion: ChampionSchema,
    golden: Type.Optional(
      Type.Object(
        { file: text("model/ and its path beside the contract."), sha256: sha256("Of its bytes.") },
        { ...closed, description: "The golden requests. Absent: there is no file of them." },
      ),
    ),
    holdout: Type.Optional(
      Type.Object(
        {
          file: text("model/ and its path beside the contract."),
          rows: rows("How many rows it has."),
          sha256: sha256("Of its bytes."),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: "What Slipway's gate found of a model" },
);

/** What `report.schema.json` holds; `npm run report:schema` writes it. */
export function reportSchemaText(): string {
  return `${JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", ...reportSchema }, null, 2)}\n`;
}

export type ReportJson = Static<typeof reportSchema>;
