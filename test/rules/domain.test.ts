import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule domain', () => {
  for (const sql of [
    'alter domain d add check (value > 0)',
    'alter domain s.d set not null',
    'alter domain d validate constraint c',
  ]) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql)).to.include({ kind: 'refuse', rule: 'domain' });
    });
  }

  for (const sql of [
    'alter domain d add constraint c check (value > 0) not valid',
    'alter domain d set default 3',
    'alter domain d drop not null',
    'alter domain d drop constraint c',
  ]) {
    it(`lets ${sql} through`, async () => {
      expect(await judgeSql(sql)).to.include({ kind: 'online', rule: 'domain' });
    });
  }
});
