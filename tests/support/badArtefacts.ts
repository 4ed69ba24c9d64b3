/** Model folders that must not ship, each bad in one way. */
import { truncateSync } from "node:fs";
import type { JudgeOptions } from "../../gate/judge.ts";
import type { Limits } from "../../gate/measure/limits.ts";
import { spawnModel } from "../../gate/measure/spawnModel.ts";
import type { ModelFolder } from "./modelFolder.ts";
import * as models from "./onnxModels.ts";

export interface BadArtefact {
  readonly name: string;
  readonly breakIt: (folder: ModelFolder) => void;
  readonly options?: JudgeOptions;
  /** The parts of the refusal that are measured, and differ from run to run. */
  readonly measured?: RegExp;
}

/** Makes a folder good again around a model that uses only the credit score. */
export function aroundLinearModel(folder: ModelFolder, model = models.linearModel()): void {
  folder.write("model.onnx", model);
  folder.editJson("contract.json", ({ validation }) => {
    validation.metrics = { accuracy: { min: 0.7 } };
    delete validation.slices;
    delete validation.invariances;
    delete validation.champion;
    delete validation.budgets;
    validation.findings = { weakSegments: "ignore" };
  });
  folder.write(
    "golden.json",
    JSON.stringify({
      requests: [
        {
          name: "a good score is a yes",
          inputs: { features: [[50000, 35, 720]] },
          outputs: { label: [1], probabilities: [[0.083173, 0.916827]] },
        },
      ],
    }),
  );
}

const file = (name: string, bytes: string | Uint8Array): BadArtefact => ({
  name,
  breakIt: (folder) => folder.write("model.onnx", bytes),
});
const model = (name: string, bytes: () => Uint8Array, limits?: Partial<Limits>): BadArtefact => ({
  name,
  breakIt: (folder) => aroundLinearModel(folder, bytes()),
  ...(limits && { options: { limits } }),
});
const contract = (name: string, change: (contract: any) => void): BadArtefact => ({
  name,
  breakIt: (folder) => {
    aroundLinearModel(folder);
    folder.editJson("contract.json", change);
  },
});
const holdout = (name: string, change: (csv: string) => string): BadArtefact => ({
  name,
  breakIt: (folder) => {
    aroundLinearModel(folder);
    folder.edit("holdout.csv", change);
  },
});

/** Bytes without a pattern, the same each time. */
const noise = Uint8Array.from({ length: 4096 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255);

export const BAD_ARTEFACTS: readonly BadArtefact[] = [
  {
    name: "a truncated file",
    breakIt: (folder) => truncateSync(folder.file("model.onnx"), 20_000),
  },
  file("an empty file", ""),
  file("random bytes", noise),
  file(
    "a Git LFS pointer",
    `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 34172\n`,
  ),
  file("an HTML error page", "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>"),
  file("a pickle", Buffer.concat([Buffer.from([0x80, 4, 0x95]), Buffer.alloc(40, 1)])),
  model("external data outside the folder", () => models.externalDataModel("../weights.bin")),
  model("an unknown operator", models.unknownOperatorModel),
  model("an operator of another domain", models.customDomainModel),
  model("an opset that is too new", models.futureOpsetModel),
  model("another input name", models.wrongInputNameModel),
  model("another input shape", models.wrongInputShapeModel),
  model("another input type", models.wrongInputTypeModel),
  model("a missing output", models.missingOutputModel),
  contract("an accuracy under its floor", ({ validation }) => {
    validation.metrics.accuracy.min = 0.95;
  }),
  contract("one slice under its floor", ({ validation }) => {
    validation.slices = [{ where: { age: { below: 25 } }, metrics: { accuracy: { min: 0.9 } } }];
  }),
  contract("one class under its floor", ({ validation }) => {
    validation.classes = [{ class: 0, metrics: { recall: { min: 0.99 } } }];
  }),
  {
    name: "a golden request that is answered otherwise",
    breakIt: (folder) => {
      aroundLinearModel(folder);
      folder.editJson("golden.json", ({ requests: [request] }) => {
        request.outputs.label = [0];
      });
    },
  },
  model("answers that are not numbers", models.nanModel),
  model("a shape bomb", models.shapeBombModel),
  model("more memory than the gate gives", () => models.hungryModel(1500), { mebibytes: 1024 }),
  model("an endless loop", models.endlessLoopModel, { stepSeconds: 3 }),
  model("a crash at load", models.crashAtLoadModel),
  model("a crash at run", models.crashAtRunModel),
  {
    name: "a run that is too slow",
    measured: /[\d.,]+(?= ms of processor time, and)/g,
    breakIt: (folder) => {
      aroundLinearModel(folder, models.slowModel(4));
      folder.editJson("contract.json", ({ validation }) => {
        validation.budgets = { p50Milliseconds: 0.5 };
      });
    },
  },
  {
    name: "too much memory",
    measured: /[\d.,]+(?= MiB, and)/g,
    options: { spawn: spawnModel }, // a process of its own, since it keeps the memory
    breakIt: (folder) => {
      aroundLinearModel(folder, models.hungryForRowsModel(150));
      folder.editJson("contract.json", ({ validation }) => {
        validation.budgets = { memoryMebibytes: 100 };
      });
    },
  },
  {
    name: "too slow to load",
    measured: /[\d.,]+(?= s of processor time to load)/g,
    breakIt: (folder) => {
      aroundLinearModel(folder, models.slowToLoadModel(12));
      folder.editJson("contract.json", ({ validation }) => {
        validation.budgets = { loadSeconds: 0.05 };
      });
    },
  },
  {
    name: "a file over its size",
    breakIt: (folder) => {
      folder.editJson("contract.json", ({ validation }) => {
        validation.budgets = { sizeMebibytes: 0.02 };
      });
    },
  },
  holdout("a holdout with a missing column", (csv) => csv.replace("credit_score", "score")),
  holdout("cells that are not numbers", (csv) => csv.replace("109279,70,700", "many,70,unknown")),
  holdout("a duplicated header", (csv) => csv.replace("income,age", "age,age")),
  holdout("rows outside the contract's ranges", (csv) => csv.replace("109279,70,700", "109279,17,900")),
  contract("a contract with unknown keys", (content) => {
    content.validation.metrics.acuracy = { min: 0.8 };
    content.owner = "us";
  }),
  contract("no contract that demands anything", (content) => {
    delete content.validation;
  }),
  {
    name: "a model that is worse than the champion",
    breakIt: (folder) => aroundLinearModel(folder),
    options: { champion: { name: "release 0123456789abcdef", folder: "model" } },
  },
  {
    name: "a larger drop than allowed",
    breakIt: (folder) => {
      aroundLinearModel(folder);
      folder.editJson("contract.json", ({ validation }) => {
        validation.champion = { maxDrop: { accuracy: 0.05, rocAuc: 0.5 } };
      });
    },
    options: { champion: { name: "release 0123456789abcdef", folder: "model" } },
  },
  {
    name: "a stack that would loosen a floor",
    breakIt: (folder) => aroundLinearModel(folder),
    options: { floors: { accuracy: 0.5 } },
  },
  {
    name: "a floor that the stack has tightened",
    breakIt: (folder) => aroundLinearModel(folder),
    options: { floors: { accuracy: 0.9 } },
  },
  model("answers that depend on the batch", models.batchDependentModel),
  model("answers that depend on chance", models.randomModel),
  {
    name: "a leaked label",
    breakIt: (folder) => {
      aroundLinearModel(folder);
      folder.edit("holdout.csv", (csv) =>
        csv
          .split("\n")
          .map((row) => {
            const [income, age, score, approved] = row.split(",");
            return approved === "0" || approved === "1"
              ? [income, age, 500 + 200 * Number(approved) + (Number(score) % 7), approved].join(",")
              : row;
          })
          .join("\n"),
      );
    },
  },
  model("a model that always gives the majority's class", models.majorityModel),
  {
    name: "a score that falls where it may not",
    breakIt: (folder) => {
      aroundLinearModel(folder, models.notMonotoneModel());
      folder.editJson("contract.json", ({ validation }) => {
        validation.invariances = [{ feature: "credit_score", score: "increases" }];
        validation.metrics.accuracy.min = 0;
        validation.findings.naive = "ignore";
      });
      folder.editJson("golden.json", ({ requests: [request] }) => {
        request.outputs = { label: [0], probabilities: [[0.916827, 0.083173]] };
      });
    },
  },
];
