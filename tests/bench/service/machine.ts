/** What a measurement was made on and with. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const root = path.join(import.meta.dirname, "..", "..", "..");

export function describeMachine(cores: { server: number; client: number }): string[] {
  const python = execFileSync(process.env["PYTHON"] ?? "python3", ["--version"], { encoding: "utf8" }).trim();
  const load = os.loadavg()[0]!.toFixed(1);
  return [
    `${os.cpus()[0]?.model}, ${os.cpus().length} cores: servers on ${cores.server}, client on ${cores.client}; load ${load}`,
    `Node.js ${process.version}, onnxruntime-node ${installed("onnxruntime-node")}; ${python},`,
    `FastAPI ${pinned("fastapi", "fastapi")}, uvicorn ${pinned("fastapi", "uvicorn")}, scikit-learn ${pinned("fastapi", "scikit-learn")}, onnxruntime ${pinned("fastapi", "onnxruntime")},`,
    `BentoML ${pinned("bentoml", "bentoml")}, MLServer ${pinned("mlserver", "mlserver")}`,
  ];
}

function installed(name: string): string {
  return JSON.parse(readFileSync(path.join(root, "node_modules", name, "package.json"), "utf8")).version;
}

function pinned(environment: string, name: string): string | undefined {
  const file = path.join(import.meta.dirname, `${environment}.requirements.txt`);
  return new RegExp(`^${name}==(.*)$`, "m").exec(readFileSync(file, "utf8"))?.[1];
}
