/** Writes `contract.schema.json`, which editors read, from the schema that the parser uses. */
import { writeFileSync } from "node:fs";
import { contractSchemaText } from "./contract.ts";

writeFileSync(new URL("contract.schema.json", import.meta.url), contractSchemaText());
