/** The places of this checkout that several rooms know. */
import path from "node:path";

export const CHECKOUT = path.join(import.meta.dirname, "..");

/** Where the model comes from that is judged, shipped and retrained. */
export const MODEL_FOLDER = path.join(CHECKOUT, "model");
