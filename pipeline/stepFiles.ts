/** Where the pipeline's steps leave things for one another: `.slipway/`, which git ignores. */
import path from "node:path";
import { CHECKOUT } from "../common/checkout.ts";

const inPipeline = (...parts: string[]) => path.join(CHECKOUT, ".slipway", "pipeline", ...parts);

/** What `pulumi preview --json` printed. */
export const previewFile = inPipeline("preview.json");
/** What `npm run pipeline -- image` built. */
export const imageFile = inPipeline("image.json");
export const contextFolder = inPipeline("context");
export const imageFolder = inPipeline("image");
/** The gate's, as the Pulumi program of a stack leaves it. */
export const reportFile = (stackName: string) => path.join(CHECKOUT, ".slipway", stackName, "report.json");
/** That of `npm run validate`, which is not made again for the same model. */
export const verdictFile = path.join(CHECKOUT, ".slipway", "validate", "verdict.json");
