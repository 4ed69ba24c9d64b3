/** The runtime's message without places in its source. Pure. */

const FILE = String.raw`[\w.+-]+\.(?:cc|cpp|cxx|c|h|hpp|inc|cu|cuh):\d+\s*`;
/** `/onnxruntime_src/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:47 `, on any system. */
const PLACE = new RegExp(String.raw`(?:[A-Za-z]:)?[\w./\\+-]*[/\\]${FILE}`, "g");
/** `element_wise_ops.cc:692 Compute `: a file and a function in it. */
const BARE_PLACE = new RegExp(String.raw`\b${FILE}(?:operator\(\)|[A-Za-z_]\w*)\s+`, "g");
/** Begins a message inside another. */
const PREFIX = /\[ONNXRuntimeError\] : \d+ : \w+ : /g;
/** The start of `onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, …) `, up to its first bracket. */
const SIGNATURE = /(?:[\w:<>,*&~]+ )*?[\w:<>,*&~]+::[\w~<>=]+(?:\[abi:\w+\])?\(/g;
/** The failed condition after its place: `input_shape_size == size was false. ` */
const CONDITION = /^\s*.{1,200}? was false\. (?=\S)/s;

export function withoutPlaces(message: string): string {
  const unplaced = message.replace(PLACE, "").replace(BARE_PLACE, "").replace(PREFIX, "");
  if (unplaced === message) return message.trim();
  return withoutSignatures(unplaced).replace(CONDITION, "").replace(/\s+/g, " ").trim();
}

/** Brackets may hold brackets. */
function withoutSignatures(message: string): string {
  let rest = message;
  let kept = "";
  for (;;) {
    SIGNATURE.lastIndex = 0;
    const found = SIGNATURE.exec(rest);
    if (found === null) return kept + rest;
    const end = closing(rest, found.index + found[0].length);
    if (end === undefined) return kept + rest;
    kept += rest.slice(0, found.index);
    rest = rest.slice(end).replace(/^(?: const)?(?: \[with [^\]]*\])?\s*/, "");
  }
}

/** The index after the bracket that closes the one before `from`. */
function closing(text: string, from: number): number | undefined {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return at + 1;
  }
  return undefined;
}
