/** Recognises files that are not CSV. Pure. */
import { isLfsPointer } from "../../common/isLfsPointer.ts";
import { isWebPage } from "../../common/isWebPage.ts";
import type { Finding } from "../report/report.ts";

/** @returns Undefined if the file may be CSV. */
export function notCsv(bytes: Buffer, file: string): Finding | undefined {
  const start = bytes.toString("latin1", 0, 1024);
  const is = (what: string, fix: string) => ({ what: `The file is ${what}, not CSV.`, where: file, fix });
  if (start.startsWith("PK\x03\x04"))
    return is(
      "a zip archive, as spreadsheets and NumPy write it",
      "save it as CSV (UTF-8), with commas between the cells",
    );
  if (/^PAR[1E]/.test(start))
    return is(
      "Parquet",
      'write it as CSV, in pandas: pandas.read_parquet(…).to_csv("holdout.csv", index=False)',
    );
  if (start.startsWith("\x1f\x8b"))
    return is("compressed with gzip", `decompress it: gunzip < ${JSON.stringify(file)} > rows.csv`);
  if (/^(\xff\xfe|\xfe\xff)/.test(start)) return is("UTF-16 text", "save it as CSV in UTF-8");
  if (isLfsPointer(start)) return is("a Git LFS pointer", "git lfs pull");
  if (isWebPage(start))
    return is(
      "a web page, as a failed download leaves it behind",
      "download it again, from the address of the file itself",
    );
  if (/^[^\r\n]*\0/.test(start)) return is("binary", "save it as CSV in UTF-8"); // after the first line, it is in a cell
  return undefined;
}
