/** A parsed body, before anything is known of it. Pure. */

import { invalid } from "../problems/faults.ts";
import type { RequestError } from "../problems/requestError.ts";

/** Levels of lists and objects in a body. Far more than any request needs, far less than a stack holds. */
const MAX_DEPTH = 32;

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * To be called first of all: what follows, and every message, may show what it was given.
 *
 * @throws RequestError (422).
 */
export function refuseTooDeep(body: unknown): void {
  if (typeof body === "object" && body !== null && tooDeep(body)) throw nestedTooDeep();
}

/**
 * Refuses JSON by its brackets, before it is parsed: to parse a megabyte of brackets takes 80 ms, and no other request
 * is answered meanwhile.
 *
 * @throws RequestError (422).
 */
export function refuseTooDeepJson(bytes: Uint8Array): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) inString = !inString;
    else if (inString) {
      if (byte === BACKSLASH) i++;
    } else if (byte === BRACKET || byte === BRACE) {
      if (++depth > MAX_DEPTH) throw nestedTooDeep();
    } else if (byte === BRACKET_END || byte === BRACE_END) depth--;
  }
}

const [QUOTE, BACKSLASH, BRACKET, BRACKET_END, BRACE, BRACE_END] = Buffer.from('"\\[]{}');

function nestedTooDeep(): RequestError {
  return invalid([{ pointer: "", detail: `the body is nested deeper than ${MAX_DEPTH} levels` }], 1);
}

/** Walks with a list of its own, because 200,000 brackets overflow any recursion. */
function tooDeep(body: object): boolean {
  let level: object[] = [body];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    const next: object[] = [];
    for (const container of level) {
      for (const value of Array.isArray(container) ? container : Object.values(container)) {
        if (typeof value === "object" && value !== null) next.push(value);
      }
    }
    level = next;
  }
  return false;
}
