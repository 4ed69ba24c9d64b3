/** Base images that are broken in one way, for faults that the gate cannot see. A stack gets one by its setting. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { buildctlFlags, registry } from "../../sandbox/components.ts";
import { environment } from "../../sandbox/programEnvironment.ts";
import { sandboxEnvironment } from "../../sandbox/pulumiStack.ts";
import { unknownOperatorModel } from "./onnxModels.ts";

/** The program that a process runs, such as `main`. */
const PROGRAM = 'const program = require("node:path").basename(process.argv[1] ?? "", ".cjs");';
/** The proof's own service has this variable. A pod that serves does not. */
const SERVES = `${PROGRAM} const serves = program === "main" && !("DRAIN_MS" in process.env);`;
const READ = 'const files = require("node:fs/promises"); const { readFile } = files;';

/** Each is loaded into every Node.js process of the image, before anything else. */
const FAULTS = {
  crashes: `${PROGRAM} if (program === "main") throw new Error("broken on purpose");`,
  crashesWhenItServes: `${SERVES} if (serves) throw new Error("broken on purpose");`,
  neverReady: `${PROGRAM} ${READ}
    if (program === "worker") files.readFile = (file, ...more) => {
      if (!String(file).endsWith("contract.json")) return readFile(file, ...more);
      console.log("loading for ever");
      return new Promise(() => setInterval(() => {}, 1000));
    };`,
  neverReadyWhenItServes: `${SERVES} if (serves) process.env.PLATFORM_PORT = "9001";`,
  outOfMemoryWhenItServes: `${SERVES} if (serves) { const all = []; for (;;) all.push(Buffer.alloc(1e7, 1)); }`,
  otherAnswers: `${PROGRAM} ${READ}
    if (program === "prove") files.readFile = async (file, ...more) => {
      const content = await readFile(file, ...more);
      if (!String(file).endsWith("golden.json")) return content;
      const golden = JSON.parse(String(content));
      golden.requests[1].outputs.label = [1];
      return JSON.stringify(golden);
    };`,
  /** Its model has an operator that the runtime lacks. */
  unknownOperator: "",
} as const;

export type Fault = keyof typeof FAULTS;

/** @returns The image's reference by digest, for the setting `baseImage`. */
export async function faultyBase(fault: Fault): Promise<string> {
  const settings = parse(readFileSync(sandboxEnvironment.PULUMI_OPTION_CONFIG_FILE, "utf8"));
  const context = mkdtempSync(path.join(os.tmpdir(), "slipway-base-"));
  try {
    mkdirSync(path.join(context, "fault"));
    const file = (name: string) => path.join(context, "fault", name);
    writeFileSync(file("fault.cjs"), FAULTS[fault]);
    if (fault === "unknownOperator") {
      writeFileSync(file("model.onnx"), unknownOperatorModel());
      for (const name of ["contract.json", "golden.json"]) cpSync(path.join("model", name), file(name));
    }
    writeFileSync(
      path.join(context, "Dockerfile"),
      `FROM ${settings.config["slipway:baseImage"]}
COPY --chmod=755 fault /fault
ENV NODE_OPTIONS=--require=/fault/fault.cjs${fault === "unknownOperator" ? " MODEL_DIR=/fault" : ""}
`,
    );
    const image = `${registry}/slipway/faulty-${fault.toLowerCase()}:latest`;
    const metadata = path.join(context, "metadata.json");
    const words = [
      ["--frontend", "dockerfile.v0"],
      ["--local", `context=${context}`],
      ["--local", `dockerfile=${context}`],
      ["--opt", "platform=linux/amd64,linux/arm64"],
      ["--metadata-file", metadata],
      ["--output", `type=image,name=${image},push=true`],
    ];
    await execa("buildctl", [...buildctlFlags, "build", ...words.flat()], { env: environment });
    const { "containerimage.digest": digest } = JSON.parse(readFileSync(metadata, "utf8"));
    return `${image.replace(/:latest$/, "")}@${digest}`;
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}
