/** A value held against a typebox schema, with every fault in words for people. Pure. */
import { distance } from "fastest-levenshtein";
import type { TSchema } from "typebox";
import { Settings } from "typebox/system";
import { Errors } from "typebox/value";
import { shortJson } from "../common/shortJson.ts";
import { at, joinPointer, steps } from "./jsonPointer.ts";
import type { ContractProblem } from "./problems.ts";

type SchemaFault = ReturnType<typeof Errors>[number];

/**
 * @returns Every fault, and a copy of the value in which each faulty value is undefined, so that further checks
 * can run on the rest.
 */
export function checkSchema(
  schema: TSchema,
  value: unknown,
): { problems: ContractProblem[]; sound: unknown } {
  // Typebox stops at 8 errors by default. The setting is global, so it is put back.
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: 10_000 });
  const faults = Errors(schema, value);
  Settings.Set({ maxErrors });
  return {
    problems: faults.flatMap((fault) => inOurWords(fault, value, schema)),
    sound: withoutFaults(value, faults),
  };
}

/** One schema error in our own words. */
function inOurWords(fault: SchemaFault, root: unknown, schema: TSchema): ContractProblem[] {
  const pointer = fault.instancePath;
  const got = `got ${shortJson(at(root, pointer), 80)}`;
  const problem = (message: string, fix?: string) => [{ pointer, message, ...(fix && { fix }) }];
  switch (fault.keyword) {
    case "boolean": // Each unknown key comes a second time, under additionalProperties.
      return [];
    case "required":
      return fault.params.requiredProperties.map((key) => ({
        pointer: joinPointer(pointer, key),
        message: "is missing",
      }));
    case "additionalProperties": {
      const { properties } = at(schema, fault.schemaPath.slice(1)) as { properties?: object };
      // If any key is allowed, a fault of its value is reported by itself.
      if (!properties) return [];
      return fault.params.additionalProperties.map((key) => unknownKey(pointer, key, properties));
    }
    case "enum": {
      const allowed = fault.params.allowedValues.map(String);
      return problem(`must be one of ${allowed.join(", ")}, ${got}`, didYouMean(at(root, pointer), allowed));
    }
    case "type":
      return problem(`must be ${[fault.params.type].flat().map(withArticle).join(" or ")}, ${got}`);
    case "minItems":
      return problem(
        `must have at least ${fault.params.limit} ${fault.params.limit === 1 ? "entry" : "entries"}, ${got}`,
      );
    case "maxItems":
      return problem(`must have at most ${fault.params.limit} entries, ${got}`);
    case "minProperties": {
      const { properties } = at(schema, fault.schemaPath.slice(1)) as { properties?: object };
      return problem(
        `must have at least ${fault.params.limit} ${fault.params.limit === 1 ? "key" : "keys"}, ${got}`,
        properties && `use one of ${Object.keys(properties).join(", ")}`,
      );
    }
    case "uniqueItems":
      return problem(`must not hold the same value twice, ${got}`);
    case "minLength":
      return problem(`must not be empty, ${got}`);
    case "minimum":
      return problem(`must be at least ${fault.params.limit}, ${got}`);
    case "exclusiveMinimum":
      return problem(`must be above ${fault.params.limit}, ${got}`);
    case "maximum":
      return problem(`must be at most ${fault.params.limit}, ${got}`);
    case "pattern":
      return problem(
        `${(at(schema, fault.schemaPath.slice(1)) as { patternErrorMessage: string }).patternErrorMessage}, ${got}`,
      );
    default:
      return problem(`${fault.message}, ${got}`);
  }
}

function unknownKey(parent: string, key: string, properties: object): ContractProblem {
  const known = Object.keys(properties);
  return {
    pointer: joinPointer(parent, key),
    message: "is not a key that a contract has here",
    fix: didYouMean(key, known) ?? `use one of ${known.join(", ")}, or remove it`,
  };
}

/** `did you mean …?` if one of the words is at most two edits away. */
function didYouMean(got: unknown, words: readonly string[]): string | undefined {
  if (typeof got !== "string" || got.length > 40) return undefined;
  const near = words
    .map((word) => ({ word, edits: distance(got.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, edits }) => edits <= 2 && edits < word.length)
    .toSorted((a, b) => a.edits - b.edits)[0];
  return near && `did you mean ${JSON.stringify(near.word)}?`;
}

/** A copy in which each value at fault is undefined, so that the remaining checks can still run on the rest. */
function withoutFaults(value: unknown, faults: readonly SchemaFault[]): unknown {
  if (faults.some(({ instancePath, keyword }) => instancePath === "" && keyword === "type")) return {};
  const copy: unknown = structuredClone(value);
  for (const { instancePath, keyword } of faults) {
    if (keyword === "required" || keyword === "additionalProperties") continue;
    const cut = instancePath.lastIndexOf("/");
    const parent = at(copy, instancePath.slice(0, cut)) as Record<string, unknown> | undefined;
    if (parent) parent[steps(instancePath).at(-1)!] = undefined;
  }
  return copy;
}

function withArticle(type: string): string {
  return `${/^[aeio]/.test(type) ? "an" : "a"} ${type}`;
}
