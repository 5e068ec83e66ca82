import type { EntitySchema } from '@mikro-orm/core';
import { expect } from 'chai';
import { type ShadowServer, withShadowServer } from '../../src/proof/shadow.ts';
import { withOrm } from '../support/entities.ts';
import { shadowOptions } from '../support/shadow.ts';
import { CASES } from './compare-cases.ts';
import { compareWithHistory, type SchemaComparison } from './compare-with-history.ts';

describe('compareWithHistory', () => {
  for (const { name, entities, changed, touched } of CASES) {
    it(`sees nothing in entities that did not change, and every change: ${name}`, () =>
      onServer(async server => {
        const sql = await createSql(entities);
        const same = await compare(server, sql, entities);
        expect({ up: same.up, down: same.down, unseen: same.unseen }).to.deep.equal({ up: '', down: '', unseen: [] });
        const other = await compare(server, sql, changed);
        const statements = [other.up, ...other.unseen.map(({ up }) => up)].join('\n');
        expect(touched.filter(word => !statements.includes(word))).to.deep.equal([]);
      }));
  }
});

function onServer<T>(work: (server: ShadowServer) => Promise<T>): Promise<T> {
  return withShadowServer(shadowOptions(), work);
}

function createSql(entities: readonly EntitySchema[]): Promise<string> {
  return withOrm(entities, ({ generator }) => generator.getCreateSchemaSQL({ wrap: false }));
}

function compare(server: ShadowServer, sql: string, entities: readonly EntitySchema[]): Promise<SchemaComparison> {
  const migrations = [{ name: '0000_things', statements: [{ sql }] }];
  return withOrm(entities, orm => compareWithHistory(orm, { server, migrations }));
}
