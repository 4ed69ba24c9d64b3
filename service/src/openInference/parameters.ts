/** The parameters of a request, of an input or of an output. Pure. */
import { shortJson } from "../../../common/shortJson.ts";
import { isObject } from "../input/body.ts";
import type { Faults, Place } from "../problems/faults.ts";
import { below, named } from "./place.ts";

/** Parameters that change what the answer must be, of extensions that this service does not have. */
const UNSUPPORTED = /^(classification|shared_memory_)/;

/**
 * Reads `{ name: string | number | boolean }`. Names that mean nothing here are passed over, as the protocol's own
 * servers do: clients send some of their own.
 *
 * @param owner Whose `parameters` they are.
 * @returns none if there are none, or if they are at fault.
 */
export function readParameters(
  given: unknown,
  owner: Place,
  faults: Faults,
): Readonly<Record<string, unknown>> {
  if (given === undefined) return {};
  const place = below(owner, "parameters");
  if (!isObject(given)) {
    faults.add(place, `must be an object, got ${shortJson(given)}`);
    return {};
  }
  for (const [name, value] of Object.entries(given)) {
    const at = named(place, name);
    if (UNSUPPORTED.test(name)) faults.add(at, "is of an extension that this service does not have");
    else if (!["string", "number", "boolean"].includes(typeof value))
      faults.add(at, `must be a string, a number, true or false, got ${shortJson(value)}`);
  }
  return given;
}

/** @returns undefined if it is not given, or at fault. */
export function readFlag(
  parameters: Readonly<Record<string, unknown>>,
  name: string,
  owner: Place,
  faults: Faults,
): boolean | undefined {
  const value = parameters[name];
  if (value === undefined || typeof value === "boolean") return value;
  // An object or a list was found at fault already.
  if (typeof value === "string" || typeof value === "number")
    faults.add(below(below(owner, "parameters"), name), `must be true or false, got ${shortJson(value)}`);
  return undefined;
}
