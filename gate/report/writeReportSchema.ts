/** Writes `report.schema.json`, which readers of a report's JSON need, from the schema that the tests use. */
import { writeFileSync } from "node:fs";
import { reportSchemaText } from "./reportSchema.ts";

writeFileSync(new URL("report.schema.json", import.meta.url), reportSchemaText());
