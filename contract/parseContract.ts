/** Reads `contract.json`, for the gate and the service alike. Pure: text in, a checked contract or every problem out. */
import { answerProblems } from "./answerProblems.ts";
import { checkSchema } from "./checkSchema.ts";
import { type Contract, contractSchema, type SoundParts } from "./contract.ts";
import { parsePlainJson, withoutMark } from "./exactJson.ts";
import { inputOutputProblems } from "./inputOutputProblems.ts";
import { syntaxFault } from "./jsonSyntax.ts";
import { ContractError, type ContractProblem } from "./problems.ts";
import { validationProblems } from "./validationProblems.ts";

/**
 * @param text The file's contents, untrusted.
 * @param file Its name, for the error only.
 * @throws ContractError with every problem found.
 */
export function parseContract(text: string, file: string): Contract {
  const value = parseJson(text, file);
  const { problems: schemaProblems, sound } = checkSchema(contractSchema, value);
  const problems = [...schemaProblems, ...crossFieldProblems(sound)];
  if (problems.length > 0) throw new ContractError(file, problems);
  return value as Contract;
}

function parseJson(text: string, file: string): unknown {
  try {
    return parsePlainJson(text);
  } catch (cause) {
    const fault = syntaxFault(withoutMark(text));
    throw fault === undefined
      ? new ContractError(file, [{ pointer: "", message: `has ${(cause as Error).message}` }])
      : new ContractError(`${file}:${fault.line}:${fault.column}`, [
          { pointer: "", message: `is not JSON: ${fault.message}` },
        ]);
  }
}

/** Skips what is not there: a missing or refused value has its problem already. */
function crossFieldProblems(parts: unknown): ContractProblem[] {
  const contract = parts as SoundParts;
  return [...inputOutputProblems(contract), ...answerProblems(contract), ...validationProblems(contract)];
}
