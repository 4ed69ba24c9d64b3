/**
 * Tensors as the binary extension has them: row-major and little-endian, as both amd64 and arm64 hold them; of BYTES
 * each element is its length in four bytes and then its UTF-8. Pure.
 */
import { ARRAYS, type Datatype, type Tensor, type TensorData } from "../../../contract/index.ts";

type NumericDatatype = Exclude<Datatype, "BYTES">;

/** Bytes of the length before each element of BYTES. */
const LENGTH_BYTES = 4;
/** The text of a tensor may begin with U+FEFF like any other. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function elementBytes(datatype: NumericDatatype): number {
  return ARRAYS[datatype].BYTES_PER_ELEMENT;
}

/**
 * The elements in bytes that hold a whole number of them: the same memory if it is aligned for them, otherwise a copy.
 */
export function numbersFromBytes(datatype: NumericDatatype, bytes: Uint8Array): TensorData {
  const Elements: NumericArray = ARRAYS[datatype];
  const size = Elements.BYTES_PER_ELEMENT;
  const { buffer, byteOffset, length } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes); // not slice(), which a Buffer has as a view
  return new Elements(buffer, byteOffset, length / size);
}

/** The constructors' common part, which TypeScript does not find in their union. */
interface NumericArray {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorData;
}

/**
 * The elements of BYTES. All lengths are looked at before anything is made of them.
 *
 * @returns what is wrong if they are not `count` elements, or if one is not UTF-8.
 */
export function textsFromBytes(bytes: Uint8Array, count: number): string[] | { readonly fault: string } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = 0;
  for (let i = 0; i < count; i++) {
    // Also if nothing is left for the length itself.
    end += end + LENGTH_BYTES <= bytes.length ? LENGTH_BYTES + view.getUint32(end, true) : LENGTH_BYTES;
    if (end > bytes.length)
      return {
        fault: `has ${bytes.length} binary bytes, and element ${i} of ${count} would end at byte ${end}`,
      };
  }
  if (end < bytes.length)
    return { fault: `has ${bytes.length} binary bytes, and its ${count} elements take ${end}` };

  const texts: string[] = [];
  for (let start = 0; texts.length < count; ) {
    const length = view.getUint32(start, true);
    start += LENGTH_BYTES;
    try {
      texts.push(UTF8.decode(bytes.subarray(start, start + length)));
    } catch {
      return { fault: `must hold UTF-8, and its element ${texts.length} does not` };
    }
    start += length;
  }
  return texts;
}

/** The bytes of a tensor. They are its own memory, unless it is BYTES. */
export function toBytes({ data }: Tensor): Uint8Array {
  if (!Array.isArray(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const bytes = Buffer.allocUnsafe(
    data.reduce((total, text) => total + LENGTH_BYTES + Buffer.byteLength(text), 0),
  );
  let end = 0;
  for (const text of data) {
    const length = bytes.write(text, end + LENGTH_BYTES);
    bytes.writeUInt32LE(length, end);
    end += LENGTH_BYTES + length;
  }
  return bytes;
}
