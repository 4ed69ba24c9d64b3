/**
 * Opens `/docs` in a real browser, sends the page's own example from it, and leaves two screenshots: as the page
 * opens and with the answer. Fails if anything but a 200 comes, if the page asks another host, or if the browser complains.
 *
 * `node --import tsx tests/service/docsPage.ts FOLDER [URL]`; without a URL it starts the service for `model/`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BrowserPage } from "../support/browser.ts";
import { spawnService } from "../support/serviceProcess.ts";

const [folder, given] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: docsPage.ts FOLDER [URL]");
mkdirSync(folder, { recursive: true });

const service = given === undefined ? spawnService({ MODEL_DIR: "model" }) : undefined;
const page = await BrowserPage.open(1280, 900);
try {
  const url = given ?? `http://127.0.0.1:${(await service!.line("serving")).port}`;
  await page.send("Page.navigate", { url: `${url}/docs` });
  await page.until(`document.querySelectorAll(".opblock").length > 10`);
  await page.until(`document.querySelector(".opblock.is-open button.execute") !== null`);
  const sent = await page.until(`document.querySelector(".opblock.is-open textarea")?.value`);
  writeFileSync(path.join(folder, "docs.png"), await page.screenshot());

  await page.until(`document.querySelector(".opblock.is-open button.execute").click(), true`);
  const answer = ".opblock.is-open .live-responses-table .response";
  const status = await page.until(
    `document.querySelector("${answer} .response-col_status")?.textContent.trim()`,
  );
  const body = await page.until(
    `document.querySelector("${answer} .highlight-code, ${answer} pre")?.textContent`,
  );
  await page.until(
    `document.querySelector(".live-responses-table").scrollIntoView({ block: "center" }), true`,
  );
  writeFileSync(path.join(folder, "answer.png"), await page.screenshot());

  const elsewhere = page.requested.filter(
    (asked) => !asked.startsWith(`${url}/`) && !asked.startsWith("data:"),
  );
  console.log({ sent, status, body, requested: page.requested, elsewhere, complaints: page.complaints });
  if (!status.startsWith("200") || elsewhere.length > 0 || page.complaints.length > 0) process.exitCode = 1;
} finally {
  await page.close();
  service?.child.kill("SIGTERM");
}
