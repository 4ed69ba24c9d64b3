/** Whether a file that begins with this text is a Git LFS pointer: a checkout without Git LFS has it instead. Pure. */
export const isLfsPointer = (start: string): boolean =>
  start.startsWith("version https://git-lfs.github.com/spec/");
