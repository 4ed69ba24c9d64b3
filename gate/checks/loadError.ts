/** Explains the runtime's message about a model that does not load. Pure. */
import { failed } from "../measure/measurements.ts";
import { withoutPlaces } from "../measure/withoutPlaces.ts";
import type { ModelFacts } from "../onnx/inspect.ts";
import type { Unreadable } from "../onnx/notOnnx.ts";
import type { Finding } from "../report/report.ts";
import { RUNTIME } from "./runtimeLimits.ts";

/** Longest text that is matched, in characters. A message holds names from the model, and an endless one must not keep the patterns busy. */
const LONGEST = 4000;

type Explanation = Pick<Finding, "what" | "fix">;

const LOWER_OPSET =
  "export it for a lower opset: target_opset of skl2onnx, opset_version of torch.onnx.export";
const OTHER_OPERATOR = "export it for another opset, or without this operator";
const WRONG =
  "export it again with the converter's newest version; onnx.checker.check_model(model, full_check=True) in Python says more";
const COPY_AGAIN = "copy or download the file again, and compare its hash with the original's";

/** The runtime's messages, as version 1.30.0 words them. The first that fits counts. */
const MESSAGES: readonly [
  RegExp,
  (found: readonly string[], facts: ModelFacts | Unreadable) => Explanation,
][] = [
  [
    /In Node, \("[^]*?", \S+, "(\S*)", -?\d+\)[^]*, Error No Op registered for (\S+) with domain_version of (\d+)/,
    ([domain, operator, opset]) => ({
      what: `The runtime knows no operator ${domain || "ai.onnx"}:${operator} in opset ${opset}.`,
      fix: OTHER_OPERATOR,
    }),
  ],
  [
    /Fatal error: (\S*):(\S+)\(-?\d+\) is not a registered function\/op/,
    ([domain = "", operator], facts) => ({
      what: `The runtime knows no operator ${domain || "ai.onnx"}:${operator}${inOpset(domain || "ai.onnx", facts)}.`,
      fix: OTHER_OPERATOR,
    }),
  ],
  [
    /Error No opset import for domain '(.*)'/,
    ([domain]) => ({
      what: `The model uses operators of the domain ${JSON.stringify(domain)} and imports no opset of it.`,
      fix: WRONG,
    }),
  ],
  [
    /In Node, \("([^]*?)", (\S*), "(\S*)", -?\d+\)[^]*, Error ([^]+)$/,
    ([name, operator, domain, why]) => ({
      what: `The operator ${domain || "ai.onnx"}:${operator}${at(name)} is used wrongly: ${sentence(why)}`,
      fix: WRONG,
    }),
  ],
  [
    /Could not find an implementation for (\S+)\((\d+)\) node with name '([^]*)'/,
    ([operator, version, name]) => ({
      what: `The runtime has the operator ${operator} (version ${version})${at(name)}, but not for the types that it gets here.`,
      fix: "cast its inputs to a type that the runtime supports, usually FP32, and export again",
    }),
  ],
  [
    /Opset (\d+) is under development[^]*official support for domain (\S+) is till opset (\d+)/,
    ([opset, domain, most]) => ({
      what: `The model uses opset ${opset} of ${domain}, and ${RUNTIME.name} takes at most ${most}.`,
      fix: LOWER_OPSET,
    }),
  ],
  [
    /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    ([version, most]) => ({
      what: `The model's IR version is ${version}, and ${RUNTIME.name} takes at most ${most}.`,
      fix: `export it with an older onnx package, or set it in Python: model.ir_version = ${most}`,
    }),
  ],
  [
    /Type parameter \(\S+\) of Optype \((\S+)\) bound to different types \((\S+) and (\S+) in node \(([^]*)\)/,
    ([operator, one, other, name]) => ({
      what: `The operator ${operator}${at(name)} gets ${one} and ${other}, but both must have the same type.`,
      fix: WRONG,
    }),
  ],
  [
    /Type '(\S+)' of input parameter \(([^]*)\) of operator \((\S+)\) in node \(([^]*)\) is invalid/,
    ([type, input, operator, name]) => ({
      what: `The operator ${operator}${at(name)} does not take ${type}, the type of its input ${JSON.stringify(input)}.`,
      fix: WRONG,
    }),
  ],
  [
    /Type \((\S+)\) of output arg \(([^]*)\) of node \(([^]*)\) does not match expected type \((\S+)\)/,
    ([declared, output, name, made]) => ({
      what: `The value ${JSON.stringify(output)}${at(name)} is declared as ${declared}, and its operator makes ${made}.`,
      fix: WRONG,
    }),
  ],
  [
    /Node \(([^]*)\) Op \((\S+)\) \[ShapeInferenceError\] ([^]+)$/,
    ([name, operator, why]) => ({
      what: `The shapes at the operator ${operator}${at(name)} do not fit: ${sentence(why)}`,
      fix: WRONG,
    }),
  ],
  [
    /Node input '([^]*)' is not a graph input, initializer, or output of a previous node/,
    ([name]) => ({
      what: `An operator takes ${JSON.stringify(name)}, which nothing in the model makes before it.`,
      fix: WRONG,
    }),
  ],
  [
    /Graph output \(([^]*)\) does not exist in the graph/,
    ([name]) => ({
      what: `The model has the output ${JSON.stringify(name)}, which no operator makes.`,
      fix: WRONG,
    }),
  ],
  [
    /Failed to construct locale with name:([^:\s]+)/,
    ([locale]) => ({
      what: `The operator StringNormalizer needs the locale ${locale}, which is neither here nor in the image.`,
      fix: 'export it with the locale C, which is everywhere but lowers only A to Z, for your own classes: convert_sklearn(…, options={TfidfVectorizer: {"locale": "C"}, LogisticRegression: {"zipmap": False}})',
    }),
  ],
  [
    /the graph is not acyclic/,
    () => ({ what: "The model's operators wait for each other's results in a circle.", fix: WRONG }),
  ],
  [
    /Duplicate definition of name \(([^]*)\)/,
    ([name]) => ({ what: `Two operators of the model make ${JSON.stringify(name)}.`, fix: WRONG }),
  ],
  [
    /must not be recursive\. Cycle detected: ([^]+)$/,
    ([circle = ""]) => ({
      what: `The model's own functions call each other in a circle: ${circle.trim()}.`,
      fix: WRONG,
    }),
  ],
  [
    /Deserialize tensor ([^]*) failed\.[^]*tensor shape size\((\d+)\) does not match the data size\((\d+)\)/,
    ([name, size, there]) => ({
      what: `The tensor ${JSON.stringify(name)} has ${there} of the ${size} values that its shape asks for.`,
      fix: WRONG,
    }),
  ],
  [
    /Initializer '([^]*)': data field count \((\d+)\) does not match expected count from shape \((\d+)\)/,
    ([name, there, size]) => ({
      what: `The tensor ${JSON.stringify(name)} has ${there} of the ${size} values that its shape asks for.`,
      fix: WRONG,
    }),
  ],
  [
    /Exception during initialization: \S*?(\w+)\.\w+:\d+ [^]* was false\. ([^]+)$/,
    ([source, why]) => ({
      what: `The runtime cannot set up an operator (its source is ${source}): ${sentence(why)}`,
      fix: WRONG,
    }),
  ],
  [
    /protobuf parsing failed/,
    () => ({ what: "The file is damaged: the runtime cannot parse it.", fix: COPY_AGAIN }),
  ],
];

/** @param message The runtime's own. An unknown one stays as it is. */
export function explainLoadError(message: string, facts: ModelFacts | Unreadable): Explanation {
  const text = message.slice(0, LONGEST);
  for (const [pattern, explain] of MESSAGES) {
    const found = pattern.exec(text);
    if (found) return explain(found.slice(1), facts);
  }
  return {
    what: withoutPlaces(message),
    fix: 'see what the same version says in Python: onnxruntime.InferenceSession("model.onnx")',
  };
}

function inOpset(domain: string, facts: ModelFacts | Unreadable): string {
  const version = failed(facts) ? undefined : facts.opsets.find((opset) => opset.domain === domain)?.version;
  return version === undefined ? "" : ` in opset ${version}`;
}

/** Converters do not name all nodes. */
const at = (node = "") => (node === "" ? "" : ` at the node ${JSON.stringify(node)}`);

const sentence = (text = "") => `${withoutPlaces(text).replace(/\.$/, "")}.`;
