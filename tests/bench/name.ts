/** `npm run bench:name`: how fast a large model is hashed, beside sha256sum in the same run, and with how much memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { hash } from "../../infra/image/contextFiles.ts";

const GIGABYTES = Number(process.argv[2] ?? 4);
const PIECE = Buffer.alloc(2 ** 20, "slipway");

const work = mkdtempSync(path.join(os.tmpdir(), "slipway-bench-"));
try {
  const model = path.join(work, "model.onnx");
  const file = await open(model, "w");
  for (let i = 0; i < GIGABYTES * 1024; i++) await file.write(PIECE);
  await file.close();
  const warm = process.memoryUsage().rss;
  const [theirs, tool] = await timed(async () => (await execa("sha256sum", [model])).stdout.slice(0, 64));
  const [ours, name] = await timed(() => hash(model));
  const memory = (process.memoryUsage().rss - warm) / 2 ** 20;
  console.log(`${GIGABYTES} GB: sha256sum ${theirs.toFixed(1)} s, ours ${ours.toFixed(1)} s`);
  console.log(`${((theirs / ours) * 100).toFixed(0)} % of its speed, ${memory.toFixed(0)} MiB more memory`);
  process.exitCode = name === tool && ours <= theirs / 0.8 && memory < 64 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true });
}

async function timed<T>(action: () => Promise<T>): Promise<[seconds: number, result: T]> {
  const start = performance.now();
  const result = await action();
  return [(performance.now() - start) / 1000, result];
}
