/** Seeds DATABASE_URL with the development data: a process to be killed. */
import { DevelopmentSeeder } from '../../seeders/development-seeder.ts';
import { withSchoolOrm } from './school.ts';

await withSchoolOrm(process.env.DATABASE_URL ?? '', orm => orm.seeder.seed(DevelopmentSeeder));
