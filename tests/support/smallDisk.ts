/** A small disk of its own for one folder, so that it can be full. Needs root, as the sandbox does. */
import { closeSync, cpSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";

export interface SmallDisk {
  /** Fills the disk to the last byte. */
  fill(): void;
  free(): void;
  /** Removes the disk. The folder keeps its files. */
  remove(): Promise<void>;
}

/** Free space at first, in MiB: enough for a few updates. */
const ROOM = 8;

export async function onSmallDisk(folder: string): Promise<SmallDisk> {
  const { stdout: used } = await execa("du", ["--summarize", "--block-size=1M", folder]);
  const before = `${folder}.before`;
  const filler = path.join(folder, "filler");
  renameSync(folder, before);
  mkdirSync(folder);
  await execa("mount", ["-t", "tmpfs", "-o", `size=${Number.parseInt(used, 10) + ROOM}m`, "tmpfs", folder]);
  cpSync(before, folder, { recursive: true });
  rmSync(before, { recursive: true });
  return {
    fill() {
      const file = openSync(filler, "w");
      try {
        for (;;) writeSync(file, Buffer.alloc(4096, 1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler, { force: true }),
    async remove() {
      cpSync(folder, before, { recursive: true });
      await execa("umount", [folder]);
      rmSync(folder, { recursive: true });
      renameSync(before, folder);
    },
  };
}
