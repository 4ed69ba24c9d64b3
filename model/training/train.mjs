/**
 * `npm run train [-- SCRIPT.py ARGUMENT…]`: a Python environment with exactly the versions of requirements.txt, then
 * train.py, or another script in the same environment.
 *
 * Needs Python 3.11 or later and nothing else; the environment lives in `.venv` beside this file and is
 * made anew only when requirements.txt or the Python version changes. pip keeps its own configuration.
 * The environment variable PYTHON names another interpreter to use.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST_PYTHON = [3, 11];
const here = fileURLToPath(new URL(".", import.meta.url));
const requirements = join(here, "requirements.txt");
const venv = join(here, ".venv");
const venvPython =
  process.platform === "win32" ? join(venv, "Scripts", "python.exe") : join(venv, "bin", "python");

/** A mistake that the person at the keyboard can correct: shown without a stack. */
class TrainError extends Error {
  constructor(what, where, remedy) {
    super(`${what}\n  at:  ${where}\n  fix: ${remedy}`);
  }
}

try {
  prepareVenv(findPython());
  const [script = join(here, "train.py"), ...args] = process.argv.slice(2);
  run(venvPython, [script, ...args], `see the error above, it is ${basename(script)}'s own`);
} catch (error) {
  if (!(error instanceof TrainError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** The first interpreter on the PATH that is new enough, with its version, such as "3.12.1". */
function findPython() {
  const names = process.env.PYTHON
    ? [process.env.PYTHON]
    : ["python3", "python3.13", "python3.12", "python3.11", "python"];
  const tooOld = [];
  for (const name of names) {
    const version = pythonVersion(name);
    if (version && isNewEnough(version)) return { name, version };
    if (version) tooOld.push(`${name} is ${version}`);
  }
  throw new TrainError(
    tooOld.length > 0 ? `Python is too old: ${tooOld.join(", ")}.` : "Python was not found.",
    process.env.PYTHON
      ? `the environment variable PYTHON, ${process.env.PYTHON}`
      : `the PATH (tried ${names.join(", ")})`,
    `install Python ${OLDEST_PYTHON.join(".")} or later, or name one: PYTHON=/path/to/python3 npm run train`,
  );
}

function pythonVersion(name) {
  const asked = spawnSync(name, ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"], {
    encoding: "utf8",
  });
  return asked.status === 0 ? asked.stdout.trim() : undefined;
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]);
}

function prepareVenv(python) {
  const stampFile = join(venv, "made-from.sha256");
  const stamp = createHash("sha256").update(readFileSync(requirements)).update(python.version).digest("hex");
  // A Python that was upgraded or removed leaves a dead link in the environment, so it is tried too.
  const upToDate =
    existsSync(stampFile) &&
    readFileSync(stampFile, "utf8") === stamp &&
    pythonVersion(venvPython) !== undefined;
  if (upToDate) return;

  console.log(
    `Preparing model/training/.venv with Python ${python.version} (once for each requirements.txt)`,
  );
  rmSync(venv, { recursive: true, force: true });
  run(
    python.name,
    ["-m", "venv", venv],
    "Debian and Ubuntu keep venv in a package of its own: apt install python3-venv",
  );
  // Wheels only: a package without one for this machine should say so, not start a compiler.
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
  run(
    venvPython,
    [...install, "--requirement", requirements],
    `pip's words are above; if it found no matching version, these pins have no wheel for Python ${python.version} ` +
      "here: name another with PYTHON=…; otherwise check the network and `pip config list`",
  );
  // Written last, so that an interrupted installation is done again.
  writeFileSync(stampFile, stamp);
}

function run(command, args, remedy) {
  // ONNX Runtime tells Microsoft which models it loads unless this is set.
  const env = { ...process.env, ORT_DISABLE_TELEMETRY: "1" };
  const { status, signal, error } = spawnSync(command, args, { stdio: "inherit", env });
  if (status === 0) return;
  const ending = error
    ? error.message
    : status === null
      ? `was ended by ${signal}`
      : `failed with exit code ${status}`;
  throw new TrainError(`${command} ${ending}.`, [command, ...args].join(" "), remedy);
}
