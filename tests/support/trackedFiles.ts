/** The files of this checkout that git keeps, or would keep once added. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Paths relative to the root of the checkout, or undefined if there is no git. */
export function trackedFiles(): string[] | undefined {
  try {
    const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return list.split("\0").filter((file) => file !== "" && existsSync(file));
  } catch {
    return undefined;
  }
}
