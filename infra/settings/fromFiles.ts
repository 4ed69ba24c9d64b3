/** A stack's settings as its files have them, if there is no Pulumi to ask: the texts that Pulumi would give. Edge. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument, type ScalarTag } from "yaml";
import { fromTexts } from "./fromTexts.ts";
import type { Settings } from "./rules.ts";
import { type Mistake, SettingsError } from "./settingsError.ts";

/**
 * Reads and checks every setting. What a Pulumi ESC environment sets is in no file: it is not seen here.
 *
 * @param projectFile `Pulumi.yaml`, which has the defaults.
 * @param stackFile `Pulumi.STACK.yaml`; unset: the defaults alone.
 * @throws SettingsError with all mistakes.
 */
export async function fromFiles(projectFile: string, stackFile?: string): Promise<Settings> {
  const project = await parseFile(projectFile);
  const stack = stackFile === undefined ? { mistakes: [], config: {} } : await parseFile(stackFile);
  const mistakes = [...project.mistakes, ...stack.mistakes];
  if (mistakes.length > 0) throw new SettingsError(mistakes);
  const defaults = Object.entries(project.config).map(([key, value]) => [key, defaultOf(value)] as const);
  const texts = [...defaults, ...Object.entries(stack.config)].flatMap(([name, value]) => {
    const key = SETTING.exec(name)?.[1];
    return key === undefined || value === undefined ? [] : [[key, textOf(value)] as const];
  });
  return fromTexts(new Map(texts), path.basename(stackFile ?? projectFile));
}

/** The name of a setting of this project, in each form that Pulumi takes. */
const SETTING = /^(?:slipway:(?:config:)?)?([^:]+)$/;

/** The value that a setting has in `Pulumi.yaml`; undefined: it is declared without one. */
function defaultOf(declared: unknown): unknown {
  if (typeof declared !== "object" || declared === null) return declared;
  return "value" in declared ? declared.value : (declared as { default?: unknown }).default;
}

/** An encrypted value, alone or inside of another. */
const SECURE = /\{"secure":"[^"]*"\}/;

/** The text that Pulumi gives for a value of its file; undefined: the value is encrypted. */
function textOf(value: unknown): string | undefined {
  if (value === null) return "";
  if (typeof value === "string") return value;
  const text = JSON.stringify(value);
  return SECURE.test(text) ? undefined : text;
}

/** What is a number or a time for Pulumi, which reads some of YAML 1.1, and something else in YAML 1.2. */
const ambiguous: ScalarTag = {
  tag: "ambiguous",
  default: true,
  test: /^[-+]?(0\d+|0b[01]+|[\d.][\w.]*_[\w.]*)$|^\d{4}-\d\d?-\d\d?([Tt ].*)?$/,
  resolve: (text, onError) => onError(`Pulumi does not read ${text} as it stands: write it in quotes`),
};

interface ParsedFile {
  readonly mistakes: readonly Mistake[];
  /** Not to be used with mistakes. */
  readonly config: Readonly<Record<string, unknown>>;
}

async function parseFile(file: string): Promise<ParsedFile> {
  const name = path.basename(file);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const fix = "commit it: `pulumi config set` writes it; or name another stack";
    return { mistakes: [{ what: `There is no ${name}.`, at: file, fix }], config: {} };
  }
  const document = parseDocument(text, { merge: true, customTags: (tags) => [ambiguous, ...tags] });
  const mistakes = [...document.errors, ...document.warnings].map(({ message, linePos }) => ({
    what: `${message.replace(/ at line \d[^]*/, "")}.`,
    at: `${name}, line ${linePos?.[0].line}, column ${linePos?.[0].col}`,
    fix: "correct the file; `pulumi config` shows what Pulumi reads in it",
  }));
  return { mistakes, config: mistakes.length > 0 ? {} : (document.toJS()?.config ?? {}) };
}
