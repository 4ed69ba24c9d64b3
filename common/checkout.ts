/** Places in this checkout that several rooms use. */
import path from "node:path";

export const CHECKOUT = path.join(import.meta.dirname, "..");

/** The model that is judged, shipped and retrained. */
export const MODEL_FOLDER = path.join(CHECKOUT, "model");
