/**
 * Values on a pipe. A frame is its length, the value as `v8.serialize` writes it, and the bytes of its typed arrays, each at
 * a multiple of eight. This way neither side copies data, which may be megabytes.
 */
import v8 from "node:v8";

/** A frame begins with two 32-bit integers: the length of everything that follows, and the length of the value. */
export const HEADER_BYTES = 8;
const ALIGNMENT = 8;

type Numbers = Exclude<NodeJS.TypedArray, Buffer>;
const KINDS = [
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  BigInt64Array,
  Uint8Array,
  Uint16Array,
  Uint32Array,
  BigUint64Array,
] as const;

/** Replaces a typed array in the value: its kind, the offset of its bytes after the value, and its number of elements. */
type Place = readonly ["\0array", kind: number, from: number, length: number];

/** @returns The parts of the frame, in order. */
export function toFrame(value: unknown): Uint8Array[] {
  const arrays: Uint8Array[] = [];
  let from = 0;
  const place = (array: Numbers): Place => {
    const kind = KINDS.findIndex((Kind) => array instanceof Kind);
    const { buffer, byteOffset, byteLength, length } = array;
    const found: Place = ["\0array", kind, from, length];
    arrays.push(new Uint8Array(buffer, byteOffset, byteLength), new Uint8Array(padding(byteLength)));
    from += byteLength + padding(byteLength);
    return found;
  };
  const body = v8.serialize(
    mapped(value, (part) => (ArrayBuffer.isView(part) ? place(part as Numbers) : undefined)),
  );
  const header = Buffer.alloc(HEADER_BYTES);
  const padded = body.length + padding(body.length);
  header.writeUInt32LE(padded + from);
  header.writeUInt32LE(body.length, 4);
  return [header, body, new Uint8Array(padding(body.length)), ...arrays];
}

/** How many bytes follow the header. */
export const bodyLength = (header: Uint8Array): number =>
  new DataView(header.buffer, header.byteOffset).getUint32(0, true);

/** @param frame Frame without its header, at a multiple of eight in memory. The value's typed arrays use that memory. */
export function fromBody(header: Uint8Array, frame: Uint8Array): unknown {
  const length = new DataView(header.buffer, header.byteOffset).getUint32(4, true);
  const start = frame.byteOffset + length + padding(length);
  return mapped(v8.deserialize(frame.subarray(0, length)), (part) => {
    if (!Array.isArray(part) || part[0] !== "\0array") return undefined;
    const [, kind, from, count] = part as unknown as Place;
    return new KINDS[kind]!(frame.buffer as ArrayBuffer, start + from, count);
  });
}

const padding = (length: number) => (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;

/** A copy in which `change` has replaced some parts. Lists of plain values stay as they are. */
function mapped(value: unknown, change: (part: object) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const changed = change(value);
  if (changed !== undefined) return changed;
  if (Array.isArray(value))
    return value.some((part) => typeof part === "object") ? value.map((part) => mapped(part, change)) : value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mapped(part, change)]));
}

/** Joins the pieces that arrive to frames. */
export class FrameReader {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #body: Uint8Array | undefined;
  #bodyBytes = 0;

  /** @returns The values that are complete now. */
  push(piece: Uint8Array): unknown[] {
    const values: unknown[] = [];
    for (let at = 0; at < piece.length; ) {
      if (this.#body === undefined) {
        const part = piece.subarray(at, at + HEADER_BYTES - this.#headerBytes);
        this.#header.set(part, this.#headerBytes);
        at += part.length;
        this.#headerBytes += part.length;
        if (this.#headerBytes < HEADER_BYTES) break;
        this.#body = new Uint8Array(bodyLength(this.#header));
      }
      const part = piece.subarray(at, at + this.#body.length - this.#bodyBytes);
      this.#body.set(part, this.#bodyBytes);
      at += part.length;
      this.#bodyBytes += part.length;
      if (this.#bodyBytes < this.#body.length) break;
      values.push(fromBody(this.#header, this.#body));
      this.#headerBytes = this.#bodyBytes = 0;
      this.#body = undefined;
    }
    return values;
  }
}
