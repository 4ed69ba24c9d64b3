/** The rooms of the source: the folders at the top, and what each may import of the others. */
import { readdirSync } from "node:fs";

/** What each room may import of the others, types included: all of it, or only these doors. */
export const ARROWS: Readonly<Record<string, Readonly<Record<string, readonly string[] | "all">>>> = {
  common: {},
  contract: { common: "all" },
  registry: { common: "all" },
  gate: {
    common: "all",
    contract: ["index.ts", "parseContract.ts"],
    registry: ["index.ts", "imageReference.ts"],
  },
  adopt: {
    common: "all",
    contract: ["index.ts", "parseContract.ts"],
    gate: [
      "index.ts",
      "judge.ts",
      "report/index.ts",
      "render/index.ts",
      "instruments.ts",
      "measure/measureModel.ts",
      "readFolder.ts",
      "onnx/onnx_pb.ts",
    ],
  },
  service: { common: "all", contract: ["index.ts", "parseContract.ts"] },
  infra: {
    common: "all",
    contract: ["index.ts", "metricNames.ts", "parseContract.ts"],
    gate: ["index.ts", "report/index.ts", "render/index.ts", "render/numbers.ts"],
    registry: ["index.ts"],
    service: ["bundle.ts"],
  },
  pipeline: {
    common: "all",
    contract: ["index.ts", "parseContract.ts"],
    gate: ["index.ts", "judge.ts", "report/index.ts", "render/index.ts"],
    registry: ["index.ts"],
    infra: [
      "settings/rules.ts",
      "settings/fromFiles.ts",
      "settings/settingsError.ts",
      "image/buildContext.ts",
      "image/imageBuild.ts",
      "release/locks.ts",
      "release/stackOutputs.ts",
    ],
    service: ["src/golden/goldenRequest.ts"],
  },
  sandbox: {
    common: "all",
    contract: ["index.ts"],
    gate: ["judge.ts", "report/index.ts", "render/index.ts"],
  },
  model: {},
};

/** @param file Relative to the root of the checkout, as all here. */
export const roomOf = (file: string): string => file.slice(0, file.indexOf("/"));

/** Every source file in a folder. */
export function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === ".venv" ? [] : sourcesOf(name);
    return /\.(ts|mjs)$/.test(name) ? [name] : [];
  });
}
