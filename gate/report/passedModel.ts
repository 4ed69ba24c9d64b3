/** A model that the gate has let through, as a value that nothing else can make. Edge of nothing: no file is read here. */
import type { Contract } from "../../contract/index.ts";
import type { Report } from "./report.ts";
import { type Override, ships, verdictOf } from "./verdict.ts";

let make: (parts: Parts) => PassedModel;
/** Known here alone: the constructor is private to the compiler only. */
const MADE_BY_THE_GATE = Symbol("made by the gate");

interface Parts {
  readonly folder: string;
  readonly contract: Contract;
  readonly sha256: string;
  readonly report: Report;
}

/** What is built and deployed is made of one of these. */
export class PassedModel {
  readonly folder: string;
  readonly contract: Contract;
  /** Of model.onnx, in hex. */
  readonly sha256: string;
  /** Why it was let through: its verdict is `passed` or `overridden`. */
  readonly report: Report;
  /** Nothing that is not made below has this, whatever its type is said to be. */
  readonly #passed = true;

  static {
    make = (parts) => new PassedModel(parts, MADE_BY_THE_GATE);
  }

  private constructor({ folder, contract, sha256, report }: Parts, by: typeof MADE_BY_THE_GATE) {
    if (by !== MADE_BY_THE_GATE) throw new TypeError(NOT_PASSED);
    this.folder = folder;
    this.contract = contract;
    this.sha256 = sha256;
    this.report = report;
    Object.freeze(this);
  }

  /** @throws TypeError for what has only been said to be one, by a cast. */
  static assert(model: PassedModel): void {
    if (!(#passed in model && model.#passed)) throw new TypeError(NOT_PASSED);
  }
}

const NOT_PASSED = "This model has not passed the gate: only the gate makes a PassedModel.";

/**
 * For the gate itself.
 *
 * @param report Of a judgement that was just made, or that is remembered. What it says of its verdict is not believed: the
 *   verdict is drawn from its checks.
 */
export function passedModel(
  folder: string,
  { report, contract }: { readonly report: Report; readonly contract?: Contract },
  override: Override | undefined,
): PassedModel | undefined {
  const sha256 = report.model?.sha256;
  if (contract === undefined || sha256 === undefined) return undefined;
  const drawn = verdictOf(report.checks, sha256, override);
  if (!ships(drawn.verdict)) return undefined;
  const { override: _, ...rest } = report;
  return make({ folder, contract, sha256, report: { ...rest, ...drawn } });
}
