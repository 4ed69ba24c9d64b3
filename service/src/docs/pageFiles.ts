/** What the page for people consists of: Swagger UI's own two files, and the script that starts it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** From swagger-ui-dist; service/bundle.ts puts them beside the bundle. */
export const SWAGGER_FILES = ["swagger-ui-bundle.js", "swagger-ui.css"] as const;

/** The folder of the bundle. If the service runs from its sources, the folder of the npm package. */
const FOLDERS = [import.meta.dirname, join(import.meta.dirname, "../../../node_modules/swagger-ui-dist")];

export type PageFile = (typeof SWAGGER_FILES)[number] | "initialiser.js";

export const PAGE_FILES: Readonly<Record<PageFile, { readonly type: string }>> = {
  "swagger-ui-bundle.js": { type: "text/javascript" },
  "swagger-ui.css": { type: "text/css" },
  "initialiser.js": { type: "text/javascript" },
};

export async function readPageFile(name: PageFile): Promise<Buffer> {
  if (name === "initialiser.js") return Buffer.from(INITIALISER);
  const [beside = "", installed = ""] = FOLDERS.map((folder) => join(folder, name));
  return readFile(beside).catch(() => readFile(installed));
}

/** All addresses are relative, so that the page also works behind a proxy that puts a path in front. */
export function page(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/initialiser.js"></script>
</body>
</html>
`;
}

/** A file of its own, so that the page's policy can forbid scripts in the page. */
const INITIALISER = `const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  // Its default is a public host, to which it would send this document.
  validatorUrl: null,
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  onComplete() {
    if (!location.hash) ui.layoutActions.show(["operations", "Prediction", "predict"], true);
  },
});
`;

/** Nothing but what this service gives. Swagger UI has its icons as data: addresses in its style sheet. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
