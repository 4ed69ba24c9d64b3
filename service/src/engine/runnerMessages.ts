/** What a worker and its runners say to one another. */
import type { Tensors } from "../../../contract/index.ts";

/** To the runner: one at a time. */
export interface RunRequest {
  readonly inputs: Tensors;
  readonly outputs: readonly string[];
}

/** From the runner: that it has loaded the model, once; then an answer to each request. */
export type RunnerMessage =
  | { readonly is: "ready" }
  | { readonly is: "answer"; readonly results: Tensors }
  /** What ONNX Runtime says of what it cannot run; before it is ready, of a model that it cannot load. */
  | { readonly is: "failure"; readonly message: string };
