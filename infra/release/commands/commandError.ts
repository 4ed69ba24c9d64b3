/** Why a command cannot go on, in words for the person at the terminal. Empty where `pulumi` has said it. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
}
