/** What the runtime says of a run that failed, without its own whereabouts. Pure. */

/** As version 1.30.0 words it. */
const NODE =
  /^Non-zero status code returned while running (\S+) node\. Name:'([^]*?)' Status Message: ([^]*)$/;
/** `/onnxruntime_src/…/bfc_arena.cc:360 void* onnxruntime::…(…) ` */
const PLACE = /^\/\S+:\d+ .*?\) (?=[A-Z])/;
const ALLOCATION = /Failed to allocate memory for requested buffer of size (\d+)/;

export function explainRunError(message: string): string {
  const [, operator, name, status] = NODE.exec(message) ?? [];
  const at = operator === undefined ? "" : `the operator ${operator}${name ? ` (${name})` : ""} fails: `;
  const bytes = ALLOCATION.exec(message)?.[1];
  if (bytes !== undefined) {
    const mebibytes = Math.ceil(Number(bytes) / 2 ** 20).toLocaleString("en");
    return `${at}it asks for ${mebibytes} MiB of memory at once, which it may not have`;
  }
  return `${at}${(status ?? message).replace(PLACE, "").trim()}`;
}
