/** The door of contract/: all but the parser (`parseContract.ts`), which takes half a second to load. Pure. */
export { answeredOutputs } from "./answeredOutputs.ts";
export { classScores, decidedClasses, givesProbabilities } from "./classScores.ts";
export type { Column, Contract, ServedContract, TensorSpec } from "./contract.ts";
export { DATATYPES, type Datatype } from "./datatypes.ts";
export { parseExactJson, parsePlainJson, withoutMark } from "./exactJson.ts";
export { fitsFloat16, fromFloat16, toFloat16 } from "./float16.ts";
export { heldAs, limitsHeldAs, rangeOf } from "./heldAs.ts";
export { joinPointer } from "./jsonPointer.ts";
export { syntaxFault } from "./jsonSyntax.ts";
export { METRICS, type MetricName } from "./metricNames.ts";
export { fromNestedLists, shapeOf } from "./nestedLists.ts";
export { position } from "./position.ts";
export { ContractError } from "./problems.ts";
export { servedContract } from "./servedContract.ts";
export {
  ARRAYS,
  datatypeOf,
  elementCount,
  newData,
  ORT_TYPES,
  type Tensor,
  type TensorData,
  type TensorInfo,
  type Tensors,
  type TensorValues,
} from "./tensors.ts";
export type { Invariance, MetricBounds, Slice } from "./validationSchema.ts";
