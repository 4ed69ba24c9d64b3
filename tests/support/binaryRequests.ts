/** Requests of the Open Inference Protocol's binary extension, written without the service's own code. */

/** The JSON, then the bytes, with the header that tells them apart. */
export function binaryRequest(
  json: unknown,
  ...parts: readonly Uint8Array[]
): { body: Buffer; headers: Record<string, string> } {
  const text = Buffer.from(JSON.stringify(json));
  return {
    body: Buffer.concat([text, ...parts]),
    headers: {
      "Content-Type": "application/octet-stream",
      "Inference-Header-Content-Length": `${text.length}`,
    },
  };
}

type Setter = Extract<keyof DataView, `set${string}`>;

/** Little-endian numbers. A method of DataView writes each. */
export function numbers(setter: Setter, bytesEach: number, values: readonly (number | bigint)[]): Buffer {
  const view = new DataView(new ArrayBuffer(values.length * bytesEach));
  for (const [i, value] of values.entries())
    (view[setter] as (at: number, value: number | bigint, littleEndian: boolean) => void)(
      i * bytesEach,
      value,
      true,
    );
  return Buffer.from(view.buffer);
}

export const floats = (...values: number[]): Buffer => numbers("setFloat32", 4, values);

/** Texts, each after its length in four bytes. */
export function texts(...values: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) => {
      const bytes = Buffer.from(value);
      return [numbers("setUint32", 4, [bytes.length]), bytes];
    }),
  );
}

/** The JSON of an answer, and its binary outputs by name. */
export async function binaryAnswer(
  response: Response,
): Promise<{ json: { outputs: AnsweredTensor[] }; bytes: Record<string, Buffer> }> {
  const body = Buffer.from(await response.arrayBuffer());
  let end = Number(response.headers.get("Inference-Header-Content-Length"));
  const json = JSON.parse(body.toString("utf8", 0, end)) as { outputs: AnsweredTensor[] };
  const bytes: Record<string, Buffer> = {};
  for (const { name, parameters } of json.outputs) {
    if (parameters === undefined) continue;
    bytes[name] = body.subarray(end, (end += parameters.binary_data_size));
  }
  return { json, bytes };
}

interface AnsweredTensor {
  readonly name: string;
  readonly parameters?: { readonly binary_data_size: number };
}
