import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { hashFile } from "../../common/hashFile.ts";
import { readRegularFile } from "../../common/regularFile.ts";
import { ModelFolder } from "../support/modelFolder.ts";

const NONE = { code: "ENOTSUP", message: "it is no regular file, but a pipe, a device or a socket" };

describe("readRegularFile", () => {
  let folder: ModelFolder;

  beforeEach(() => {
    folder = new ModelFolder();
  });

  afterEach(() => {
    folder[Symbol.dispose]();
  });

  it("reads a file up to the size that is given, and says of a larger one how large it is", async () => {
    const file = folder.file("some");
    folder.write("some", Buffer.alloc(3 * 2 ** 20, "x"));

    assert.equal((await readRegularFile(file)).length, 3 * 2 ** 20);
    assert.equal((await readRegularFile(file, 3 * 2 ** 20)).length, 3 * 2 ** 20);
    await assert.rejects(readRegularFile(file, 3 * 2 ** 20 - 1), {
      code: "EFBIG",
      message: "it has 3 MiB, and 3 are the most",
    });
  });

  it("does not wait for what comes out of a pipe, nor read a device to its end", async () => {
    const pipe = folder.file("pipe");
    execFileSync("mkfifo", [pipe]);

    for (const file of [pipe, "/dev/zero"]) {
      await assert.rejects(readRegularFile(file), NONE);
      await assert.rejects(hashFile(file), NONE);
    }
  });

  it("takes neither a socket nor a folder for a file", async () => {
    const socket = folder.file("socket");
    const server = createServer().listen(socket);
    await once(server, "listening");

    await assert.rejects(readRegularFile(socket), NONE);
    await assert.rejects(readRegularFile(folder.path), { code: "EISDIR", message: "it is a folder" });

    server.close();
  });
});
