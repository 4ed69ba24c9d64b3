/** A model that has passed the gate, as a value that nothing else can make. Pure. */
import type { Contract } from "../../contract/index.ts";
import type { Report } from "./report.ts";
import { type Override, ships, verdictOf } from "./verdict.ts";

let make: (parts: Parts) => PassedModel;
/** Known only here: `private` keeps the constructor from the compiler alone. */
const MADE_BY_THE_GATE = Symbol("made by the gate");

interface Parts {
  readonly folder: string;
  readonly contract: Contract;
  readonly sha256: string;
  readonly report: Report;
}

/** Nothing is built or deployed without one. */
export class PassedModel {
  readonly folder: string;
  readonly contract: Contract;
  /** SHA-256 of model.onnx, in hex. */
  readonly sha256: string;
  /** Why it was let through: its verdict is `passed` or `overridden`. */
  readonly report: Report;
  /** Nothing that is made elsewhere has this, whatever a cast says. */
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

  /** @throws TypeError if only a cast says that it is one. */
  static assert(model: PassedModel): void {
    if (!(#passed in model && model.#passed)) throw new TypeError(NOT_PASSED);
  }
}

const NOT_PASSED = "This model has not passed the gate: only the gate makes a PassedModel.";

/**
 * For the gate itself.
 *
 * @param report From a judgement, new or remembered. Its own verdict is not trusted: the verdict follows from its
 *   checks.
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
