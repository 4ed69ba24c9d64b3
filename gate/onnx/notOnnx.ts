/** Recognises files that are no ONNX model. Pure. */
import { isLfsPointer } from "../../common/isLfsPointer.ts";
import { isWebPage } from "../../common/isWebPage.ts";
import { whole } from "../../common/shown.ts";

/** Why a file cannot be read. */
export interface Unreadable {
  readonly error: string;
  readonly fix?: string;
}

const EXPORT_SKLEARN =
  'convert it in Python: skl2onnx.to_onnx(model, X[:1], options={"zipmap": False}).SerializeToString()';
const EXPORT_TORCH =
  'export it in Python: torch.onnx.export(model, (example,), "model.onnx", external_data=False)';
const EXPORT_KERAS = 'export it in Python: model.export("model.onnx", format="onnx")';

/** The number at the start of such a file, as pickle writes it. */
const TORCH_MAGIC = "\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";

/** Bytes at the end of a zip archive that are searched for its directory, which names all files in it. */
const DIRECTORY = 65_536;

/** @returns What the file is and how to get an ONNX model instead, or undefined if it may be one. */
export function notOnnx(bytes: Uint8Array): Unreadable | undefined {
  if (bytes.length === 0)
    return { error: "The file is empty.", fix: "export the model again, or copy the file again" };
  const start = latin1(bytes.subarray(0, 1024));
  if (isLfsPointer(start)) return lfsPointer(start);
  if (isWebPage(start)) return webPage(bytes);
  const [first, second = 0] = bytes;
  if (start.startsWith(TORCH_MAGIC, 2))
    return {
      error: "The file is a pickle as old versions of PyTorch write it, not ONNX.",
      fix: EXPORT_TORCH,
    };
  if (first === 0x80 && second >= 2 && second <= 5)
    return {
      error: `The file is a Python pickle (protocol ${second}), as joblib and pickle write it, not ONNX.`,
      fix: EXPORT_SKLEARN,
    };
  if (start.startsWith("PK\x03\x04")) return zip(latin1(bytes.subarray(-DIRECTORY)));
  if (start.startsWith("\x89HDF\r\n\x1a\n"))
    return { error: "The file is HDF5, as Keras writes it, not ONNX.", fix: EXPORT_KERAS };
  if (first === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(second))
    return {
      error: "The file is compressed with zlib, as joblib does with a pickle, not ONNX.",
      fix: EXPORT_SKLEARN,
    };
  if (start.startsWith("\x1f\x8b"))
    return {
      error: "The file is compressed with gzip.",
      fix: "decompress it: gunzip < model.onnx > model && mv model model.onnx",
    };
  if (start.startsWith("ORTM", 4))
    return {
      error: "The file is in ONNX Runtime's own format (.ort), which is bound to one version of the runtime.",
      fix: "ship the ONNX file that it was made from",
    };
  return undefined;
}

function lfsPointer(text: string): Unreadable {
  const size = /^size (\d{1,15})$/m.exec(text)?.[1];
  return {
    error: `The file is a Git LFS pointer${size ? ` to ${whole(Number(size))} bytes` : ""}, not the model itself.`,
    fix: "git lfs pull",
  };
}

function webPage(bytes: Uint8Array): Unreadable {
  const text = new TextDecoder().decode(bytes.subarray(0, 4096));
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.trim();
  return {
    error: `The file is a web page${title ? ` with the title ${JSON.stringify(title)}` : ""}, as a failed download leaves it behind.`,
    fix: "download the model again, from the address of the file itself",
  };
}

function zip(directory: string): Unreadable {
  if (directory.includes("data.pkl") || directory.includes("constants.pkl"))
    return { error: "The file is a zip archive as PyTorch writes it, not ONNX.", fix: EXPORT_TORCH };
  if (directory.includes("model.weights.h5"))
    return { error: "The file is a zip archive as Keras writes it, not ONNX.", fix: EXPORT_KERAS };
  if (directory.includes(".npy"))
    return {
      error: "The file is a zip archive as NumPy writes it, not ONNX.",
      fix: "export the model, not its arrays",
    };
  return { error: "The file is a zip archive, not ONNX.", fix: "unpack it, and put the model itself there" };
}

const latin1 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
