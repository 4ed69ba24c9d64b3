/** The gate could not do its work. This says nothing about the model. */
export class CannotJudge extends Error {
  override readonly name = "CannotJudge";
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}
