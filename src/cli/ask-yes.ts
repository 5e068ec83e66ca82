import { RefusedError } from '../errors.ts';
import { canAsk, confirm, printResult } from '../terminal/terminal.ts';

export interface YesQuestion {
  /** What would be done. */
  readonly text: string;
  /** Of the refusal: `Not repaired`. */
  readonly title: string;
  readonly hurts: string;
  readonly question: string;
  /** For who cannot be asked: when, and the command that says yes. */
  readonly remedy: string;
}

/**
 * Shows what would be done, and goes on where somebody says yes, on a terminal or by `--yes`.
 * @throws RefusedError (exit code 2) otherwise.
 */
export async function askYes({ text, title, hurts, question, remedy }: YesQuestion, yes: boolean): Promise<true> {
  printResult(text);
  if (yes) {
    return true;
  }
  const refusal = { title, hurts, left: 'Nothing was changed.' };
  if (!canAsk()) {
    throw new RefusedError({ ...refusal, happens: 'There is no terminal to ask in, and --yes was not given.', remedy });
  }
  if (!(await confirm(question))) {
    throw new RefusedError({ ...refusal, happens: 'You did not say yes.', remedy: 'Nothing, if you meant no.' });
  }
  return true;
}
