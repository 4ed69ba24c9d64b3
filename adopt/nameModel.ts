/** Names a model after its file. Pure. */
import path from "node:path";
import { mistake, OpenQuestion } from "./mistake.ts";

/** File names that say nothing about the model. */
const GENERIC = /^(model|best|final|export(ed)?|output|test|tmp|onnx)?[-\d]*$/;

/** @throws Mistake for a name that Kubernetes does not take; OpenQuestion if none is given. */
export function nameModel(given: string | undefined, modelFile: string): string {
  if (given !== undefined) {
    if (given === dnsLabel(given)) return given;
    throw mistake(
      `The name ${JSON.stringify(given)} is not a DNS label: at most 63 of a-z, 0-9 and -, a letter first, no - at the end.`,
      "--name",
      dnsLabel(given) === "" ? "choose another" : `--name ${dnsLabel(given)}`,
    );
  }
  const guess = dnsLabel(path.basename(modelFile).replace(/\.onnx$/i, ""));
  const harmless = !GENERIC.test(guess);
  const question = "What is the model called, in URLs and in the cluster?";
  throw new OpenQuestion("name", question, harmless ? guess : undefined, { harmless });
}

const dnsLabel = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
