/** Things to close, in the opposite order of their opening. */
export class Cleanup {
  private readonly steps: { readonly what: string; readonly close: () => Promise<void> | void }[] = [];
  private running: Promise<void> | undefined;

  /** `close` is called once, when everything opened after it has been closed. */
  add(what: string, close: () => Promise<void> | void): void {
    this.steps.push({ what, close });
  }

  /** Closes all; a failure does not keep the rest from being closed. Calling it again waits for the first call. */
  run(onProblem: (what: string, error: Error) => void = () => undefined): Promise<void> {
    this.running ??= this.unwind(onProblem);
    return this.running;
  }

  private async unwind(onProblem: (what: string, error: Error) => void): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step.close();
      } catch (error) {
        onProblem(step.what, error as Error);
      }
    }
  }
}
