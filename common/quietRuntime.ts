/**
 * Import this before onnxruntime-node. From 1.29 on, the runtime on Linux tells Microsoft which models it loads and
 * keeps a database of them in the home folder, unless this is set first.
 */
process.env["ORT_DISABLE_TELEMETRY"] = "1";
