/** A model's configuration, as Triton's clients read it. Pure. */
import type { Datatype, ServedContract } from "../../../contract/index.ts";
import { batchable } from "../engine/runProfile.ts";
import { MAX_ROWS } from "../input/inputs.ts";

/**
 * Triton's `ModelConfig` in JSON, as far as it is true of a model here:
 * https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto
 */
export function modelConfig(contract: ServedContract): unknown {
  const { name, inputs, outputs } = contract;
  const inRows = batchable(contract);
  const described = ({ name, datatype, shape }: ServedContract["outputs"][number]) => ({
    name,
    data_type: dataType(datatype),
    ...(inRows ? rowDimensions(shape.slice(1)) : { dims: shape }),
  });
  return {
    name,
    platform: "onnxruntime_onnx",
    backend: "onnxruntime",
    // If it is not 0, `dims` are those of a row.
    max_batch_size: inRows ? MAX_ROWS : 0,
    input: inputs.map(described),
    output: outputs.map(described),
  };
}

/** A row of one bare value has no dimensions, which Triton writes so. */
function rowDimensions(dims: readonly number[]): object {
  return dims.length > 0 ? { dims } : { dims: [1], reshape: { shape: [] } };
}

function dataType(datatype: Datatype): string {
  return datatype === "BYTES" ? "TYPE_STRING" : `TYPE_${datatype}`;
}
