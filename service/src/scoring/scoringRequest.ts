/** Requests of KServe V1, TensorFlow Serving and MLflow: from untrusted JSON to tensors. Pure. */
import { shortened, shortJson } from "../../../common/shortJson.ts";
import { joinPointer, type ServedContract } from "../../../contract/index.ts";
import { isObject, refuseTooDeep } from "../input/body.ts";
import { type Features, placeIn, tableReader } from "../input/inputs.ts";
import { Faults, invalid, invalidValue, type Place } from "../problems/faults.ts";
import { columnarTable, listOfRows, rowsTable, splitTable } from "./columnTables.ts";
import { nestedReaders } from "./nestedTensors.ts";

/** How a request has its rows: the key that it has them under. */
export type Form = "instances" | "inputs" | "dataframe_split" | "dataframe_records";

export interface ScoringRequest {
  readonly form: Form;
  readonly features: Features;
}

/**
 * Turns a request's body into tensors.
 *
 * @param body Parsed JSON, untrusted: an object with rows in one form.
 * @throws RequestError naming every value at fault.
 */
export type ScoringReader = (body: unknown) => ScoringRequest;

const BODY: Place = { pointer: "", text: "the body" };

type Model = Pick<ServedContract, "inputs" | "task">;
type FormReader = (given: unknown, place: Place) => Features;

/** The one signature of a model here, by the name that TensorFlow has for it. */
export const SIGNATURE = "serving_default";

/** `POST /v1/models/{name}:predict`. Made once at start. */
export function predictReader(contract: Model): ScoringReader {
  return reader(contract, ["instances", "inputs"], ["signature_name"]);
}

/** `POST /invocations`. Made once at start. */
export function invocationReader(contract: Model): ScoringReader {
  return reader(contract, ["dataframe_split", "dataframe_records", "instances", "inputs"], []);
}

function reader(contract: Model, forms: readonly Form[], others: readonly "signature_name"[]): ScoringReader {
  const readers = formReaders(contract);
  const takes = forms.map((form) => JSON.stringify(form)).join(" or ");
  const known = new Set<string>([...forms, ...others]);
  return (body) => {
    refuseTooDeep(body);
    if (!isObject(body)) throw invalidValue(BODY, `must be an object with ${takes}, got ${shortJson(body)}`);
    const faults = new Faults();
    for (const key of Object.keys(body))
      if (!known.has(key)) faults.add(keyPlace(key), `is unknown, a request has ${takes}`);
    const { signature_name: signature = SIGNATURE } = body;
    if (known.has("signature_name") && signature !== SIGNATURE)
      faults.add(
        keyPlace("signature_name"),
        `must be ${JSON.stringify(SIGNATURE)}, got ${shortJson(signature)}`,
      );
    const given = forms.filter((form) => Object.hasOwn(body, form));
    const [form] = given;
    if (given.length !== 1)
      faults.add(BODY, form ? `has ${given.join(" and ")}, and must have one of them` : `lacks ${takes}`);
    if (faults.count > 0 || !form) throw invalid(faults.listed, faults.count);
    return { form, features: readers[form](body[form], keyPlace(form)) };
  };
}

function keyPlace(key: string): Place {
  const short = shortened(key);
  return { pointer: joinPointer("", short), text: short };
}

function formReaders(contract: Model): Readonly<Record<Form, FormReader>> {
  const read = tableReader(contract);
  if (!read) {
    const { rowByRow, whole } = nestedReaders(contract);
    return {
      instances: rowByRow,
      inputs: whole,
      dataframe_split: refuseDataframe,
      dataframe_records: refuseDataframe,
    };
  }
  const rows: FormReader = (given, place) => read(rowsTable(given, place, contract));
  return {
    instances: rows,
    inputs: (given, place) =>
      isObject(given) ? read(columnarTable(given, place, contract)) : rows(given, place),
    dataframe_split: (given, place) => read(splitTable(given, place)),
    dataframe_records: (given, place) =>
      read({ body: given, rows: listOfRows(given, place), whole: place, place: placeIn(place) }),
  };
}

function refuseDataframe(_: unknown, place: Place): never {
  throw invalidValue(
    place,
    'needs columns, and the contract names none for some input: send "instances" or "inputs"',
  );
}
