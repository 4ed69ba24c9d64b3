/** Whether a file that begins so is a web page or the like, as a failed download leaves it behind. Pure. */
export const isWebPage = (start: string): boolean =>
  /^(\xef\xbb\xbf)?\s*(<!doctype html|<html|<\?xml)/i.test(start);
