import { expect } from 'chai';
import { findInHeader, readHeader, readLosses } from '../../src/verify/header.ts';

const TEXT = `/**
 * Migration: 0007_x
 * Purpose: Something, in words
 *   that go on
 * Date: 2026-11-23
 * Loses: the values of users.phone
 * Rollback: drop a child's and lessons; the rows of a child's and school.notes are lost; users.fax comes back empty;
 *   PostgreSQL cannot take a value of an enum back: ADMIN of user_role stays
 */
import { OnlineMigration } from 'sunschool-db';
`;

describe('the header of a migration', () => {
  it('is read field by field, and nothing is missing', () => {
    const header = readHeader(TEXT);
    expect(header?.get('Purpose')).to.equal('Something, in words that go on');
    expect(findInHeader(header, '0007_x')).to.deep.equal([]);
    expect(readHeader(TEXT.replaceAll('\n', '\r\n'))).to.deep.equal(header);
  });

  it('says what is lost, and nothing else is', () => {
    const losses = readLosses(readHeader(TEXT));
    expect(
      ["public.a child's", 'school.notes', 'public.lessons', 'public.users'].map(losses.isLostTable),
    ).to.deep.equal([true, true, false, false]);
    expect(losses.isLostColumn('public.users', 'phone')).to.equal(true);
    expect(losses.isLostColumn('public.users', 'fax')).to.equal(true);
    expect(losses.isLostColumn('public.users', 'name')).to.equal(false);
    expect(losses.isLostColumn('school.notes', 'anything')).to.equal(true);
    expect([losses.stays('public.user_role'), losses.stays('public.mood')]).to.deep.equal([true, false]);
    expect(readLosses(undefined).isLostTable('public.users')).to.equal(false);
  });

  it('is found to be incomplete, of another file, or of no day', () => {
    expect(findInHeader(undefined, '0007_x')).to.deep.equal(['There is none.']);
    const header = readHeader(TEXT.replace(/ \* Purpose[\s\S]+?(?= \* Date)/, '').replace('2026-11-23', '2026-13-45'));
    expect(findInHeader(header, '0008_y')).to.deep.equal([
      'Purpose: is missing',
      'Migration: 0007_x, and the file is 0008_y',
      'Date: 2026-13-45 is no day of the form 2026-11-23',
    ]);
  });
});
