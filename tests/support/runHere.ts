/** Runs a program of this project in this very process, which loads what the program imports for the first run alone. */
import { randomUUID } from "node:crypto";
import path from "node:path";
import { pathToFileURL } from "node:url";

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * One after the other: the working directory, the environment and the output are the process's own. It runs as without a
 * terminal, and without a word in the environment on colours.
 *
 * @param file From the root of the project.
 * @param env What differs in the environment.
 */
export async function runHere(
  file: string,
  args: readonly string[],
  { cwd = ".", env = {} }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Finished> {
  const url = `${pathToFileURL(path.resolve(file)).href}?run=${randomUUID()}`;
  const { argv, env: environment } = process;
  const { FORCE_COLOR: _, NO_COLOR: __, ...others } = environment;
  const directory = process.cwd();
  const stdin = withProperties(process.stdin, { isTTY: false });
  const [stdout, stderr] = [captured(process.stdout), captured(process.stderr)];
  process.argv = [process.execPath, file, ...args];
  process.env = { ...others, TERM: "xterm", ...env };
  process.chdir(cwd);
  process.exitCode = undefined;
  try {
    await import(url);
    return { exitCode: exitCode(), stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.exitCode = undefined;
    process.chdir(directory);
    process.env = environment;
    process.argv = argv;
    for (const { restore } of [stdin, stdout, stderr]) restore();
  }
}

const exitCode = () => Number(process.exitCode ?? 0);

function captured(stream: NodeJS.WriteStream) {
  let text = "";
  const write = (chunk: string | Uint8Array) => {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    return true;
  };
  return { ...withProperties(stream, { write, isTTY: false, columns: undefined }), text: () => text };
}

function withProperties(object: object, properties: Readonly<Record<string, unknown>>) {
  const before = Object.keys(properties).map(
    (name) => [name, Object.getOwnPropertyDescriptor(object, name)] as const,
  );
  for (const [name, value] of Object.entries(properties))
    Object.defineProperty(object, name, { value, configurable: true, writable: true });
  return {
    restore: () => {
      for (const [name, own] of before)
        if (own) Object.defineProperty(object, name, own);
        else delete (object as Record<string, unknown>)[name];
    },
  };
}
