/** The files by which a running `pulumi` holds a stack in a `file://` backend. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Project } from "./project.ts";

export function locksOf({ env }: Project): string[] {
  const folder = path.join(fileURLToPath(env.PULUMI_BACKEND_URL), ".pulumi", "locks");
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  return entries.filter((name) => name.endsWith(".json"));
}
