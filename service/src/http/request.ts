import { IncomingMessage } from "node:http";

/** Takes a body piece by piece; null is its end. */
export type PieceListener = (piece: Buffer | null) => void;

/**
 * A request whose body can be had as Node.js parses it, past the stream that it is else, and which costs more than it is
 * worth for a body that comes in one piece.
 */
export class Request extends IncomingMessage {
  pieceListener: PieceListener | undefined;

  /** To be called before the server's listener returns, and in place of all that reads a stream. */
  onPiece(listener: PieceListener): void {
    this.pieceListener = listener;
    // Else Node.js would read what nobody has read of the stream once it is answered.
    // oxlint-disable-next-line no-underscore-dangle
    (this as { _consuming?: boolean })._consuming = true;
  }

  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    if (this.pieceListener === undefined) return super.push(piece, encoding);
    this.pieceListener(piece);
    return true;
  }
}

/** Requests that failed in the shortcut and that the app refuses, in the words and with the headers of all refusals. */
export const handedOver = new WeakMap<
  IncomingMessage,
  { readonly error: unknown; readonly started: number }
>();
