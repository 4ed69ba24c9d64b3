// Every `npm run` of this project starts here. It is plain JavaScript without dependencies, since a fresh
// clone has none. It checks Node.js, installs the lockfile's packages if node_modules differs from it, and
// then runs a TypeScript file in this same process:
//   node sandbox/bootstrap.mjs FILE.ts [ARGUMENT…]
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Whether Node.js `version` runs everything here: mocha 12 wants `^20.19 || >=22.12`. */
function supported(version) {
  const [major, minor] = version.split(".").map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** Whether npm's own list of installed packages agrees with the lockfile. Packages for other platforms may be missing. */
function installed() {
  const wanted = readPackages("package-lock.json");
  const present = readPackages("node_modules/.package-lock.json");
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([name, { integrity, optional }]) => {
    if (name === "") return true;
    return present[name] ? present[name].integrity === integrity : optional === true;
  });
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

if (!supported(process.versions.node)) {
  fail(`Node.js ${process.versions.node} is too old.
  at:  ${process.execPath}
  fix: use Node.js 20.19 or later, 22.12 or later, or 24 (recommended): https://nodejs.org/en/download`);
}
if (process.platform === "darwin" && process.arch === "x64") {
  fail(`onnxruntime-node has no build for Macs with an Intel processor, so models cannot be judged here.
  fix: use a Mac with Apple silicon, Linux, or a container or codespace on either`);
}
if (!installed()) {
  console.error("Installing packages: npm ci");
  const npm = spawnSync("npm", ["ci", "--no-progress", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0)
    fail("npm ci failed: its own message is above.\n  fix: mend that, then run the same command again");
}

// A reader that stops, as in `… | head`, does not end what is under way.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
});

const [file, ...args] = process.argv.slice(2);
const { register } = await import("tsx/esm/api");
register();
process.argv = [process.execPath, path.resolve(root, file), ...args];
await import(pathToFileURL(process.argv[1]).href);
