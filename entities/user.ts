import { defineEntity, p } from '@mikro-orm/core';

export const UserRole = { ADMIN: 'ADMIN', PARENT: 'PARENT', LEARNER: 'LEARNER' } as const;
export type UserRole = (typeof UserRole)[keyof typeof UserRole];

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.integer().primary().autoincrement(),
    email: p.string().length(255).unique().nullable(),
    username: p.text().unique().nullable(),
    displayName: p.text().nullable(),
    role: p
      .enum(() => UserRole)
      .nativeEnumName('user_role')
      .default(UserRole.LEARNER)
      .nullable(),
    password: p.text().nullable().hidden(),
    parent: () => p.manyToOne(User).fieldName('parent_id').deleteRule('cascade').nullable(),
    createdAt: p.datetime().columnType('timestamp').defaultRaw('now()').nullable(),
  },
});

/** Everyone who signs in: administrators, parents, learners. */
export class User extends UserSchema.class {}
UserSchema.setClass(User);
