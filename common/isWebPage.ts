/** Whether a file that begins with this text is a web page or the like, as a failed download leaves it. Pure. */
export const isWebPage = (start: string): boolean =>
  /^(\xef\xbb\xbf)?\s*(<!doctype html|<html|<\?xml)/i.test(start);
