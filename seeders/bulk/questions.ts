/** The questions that bulk answers are about: few enough to be written once, many enough to give the index on them work. */
import { createHash } from 'node:crypto';

export interface BulkQuestion {
  /** `question_text` and `question_hash`, as two fields of a line for `copy`. */
  readonly copyFields: string;
  /** `concept_tags`, as an array literal. */
  readonly tags: string;
}

/** 1,024 sums and products. Texts hold no tab, newline or backslash, so `copy` takes them as they are. */
export const bulkQuestions: readonly BulkQuestion[] = Array.from({ length: 1024 }, (_, index) => {
  const [left, right] = [2 + (index >> 5), 2 + (index & 31)];
  return index % 2 === 0
    ? renderQuestion(`What is ${left} + ${right}?`, '{addition,arithmetic}')
    : renderQuestion(`What is ${left} × ${right}?`, '{multiplication,arithmetic}');
});

function renderQuestion(text: string, tags: string): BulkQuestion {
  return { copyFields: `${text}\t${createHash('sha256').update(text).digest('hex')}`, tags };
}
