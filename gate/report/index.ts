/** A door of gate/: the report and what follows from it. Pure. */
export { ALL_ROWS, atMost, count, type Finding, type Metric, type Report, warnings } from "./report.ts";
export { emergency, exitCodeOf, heldBack } from "./verdict.ts";
