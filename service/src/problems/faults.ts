/** What is wrong with a request's body, value by value, in words for people. Pure. */
import { type FieldProblem, RequestError } from "./requestError.ts";

/** Faults that an answer lists; the rest are counted. */
const MAX_LISTED_FAULTS = 20;

/** Where a value stands: as a JSON pointer, and as people write it. */
export interface Place {
  readonly pointer: string;
  readonly text: string;
}

/** Faults, of which the first are kept and all are counted. */
export class Faults {
  readonly listed: FieldProblem[] = [];
  count = 0;

  add({ pointer, text }: Place, says: string): void {
    this.count += 1;
    if (this.listed.length < MAX_LISTED_FAULTS) this.listed.push({ pointer, detail: `${text} ${says}` });
  }

  /** As `add`, but nothing is put in words that will not be listed. */
  addLazily(place: () => Place, says: () => string): void {
    if (this.listed.length < MAX_LISTED_FAULTS) this.add(place(), says());
    else this.count += 1;
  }
}

export function invalid(errors: readonly FieldProblem[], count: number): RequestError {
  const detail =
    count === 1
      ? errors[0]!.detail
      : count > errors.length
        ? `${count} values do not fit the model; the first ${errors.length} are listed`
        : `${count} values do not fit the model`;
  return new RequestError("invalid-input", detail, { errors });
}

/** The same for a single value. */
export function invalidValue({ pointer, text }: Place, says: string): RequestError {
  return invalid([{ pointer, detail: `${text} ${says}` }], 1);
}
