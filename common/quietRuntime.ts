/**
 * To be imported before onnxruntime-node: from 1.29 on it tells Microsoft on Linux which models it loads, and keeps a
 * database of that in the home folder, unless this is set when it is loaded.
 */
process.env["ORT_DISABLE_TELEMETRY"] = "1";
