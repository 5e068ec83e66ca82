/** All that the doctor looks for: the four classics first. Registered here and nowhere else. */
import type { Finding } from '../finding.ts';
import type { Patient } from '../patient.ts';
import { findAdvice } from './advice.ts';
import { findLeftOver } from './left-over.ts';
import { findPending, findProblems, findThere, findUndone } from './records.ts';
import { findDrift, findOpenChange } from './schema.ts';
import { findUnderWay } from './under-way.ts';

export const TROUBLES: readonly ((patient: Patient) => Finding[])[] = [
  findUnderWay,
  findProblems,
  findThere,
  findUndone,
  findDrift,
  findOpenChange,
  findPending,
  findLeftOver,
  findAdvice,
];
