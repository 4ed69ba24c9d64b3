/** A report as JSON. Pure. */
import type { Report } from "../report/report.ts";

/** Follows `report.schema.json`. A number that is not finite becomes null. */
export const renderJson = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;
