import os from "node:os";
import { fileURLToPath } from "node:url";

/** The path of what Pulumi's file backend names by a URL, in which `~` is the home folder. */
export const backendFile = (url: string): string =>
  fileURLToPath(url.replace("file://~", `file://${os.homedir()}`));
