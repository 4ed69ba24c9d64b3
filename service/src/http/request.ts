import { IncomingMessage } from "node:http";

/** Takes the chunks of a body. Null is its end. */
export type ChunkListener = (chunk: Buffer | null) => void;

/**
 * A request that can hand over its body as Node.js parses it, without the stream. The stream costs more than it is worth
 * for a body that comes in one chunk.
 */
export class Request extends IncomingMessage {
  chunkListener: ChunkListener | undefined;

  /** Must be called before the server's listener returns. Nothing may read the stream then. */
  onChunk(listener: ChunkListener): void {
    this.chunkListener = listener;
    // Otherwise Node.js would read the rest of the stream once the request is answered.
    // oxlint-disable-next-line no-underscore-dangle
    (this as { _consuming?: boolean })._consuming = true;
  }

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (this.chunkListener === undefined) return super.push(chunk, encoding);
    this.chunkListener(chunk);
    return true;
  }
}

/** Requests that failed in the shortcut. The app refuses them, in the words and with the headers of all refusals. */
export const handedOver = new WeakMap<
  IncomingMessage,
  { readonly error: unknown; readonly started: number }
>();
