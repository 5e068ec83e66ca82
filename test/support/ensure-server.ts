/** A command of its own that needs the embedded server of the folder it is given: prints where it is, without the password. */
import { exitCodeOf, renderError } from '../../src/errors.ts';
import { ensureEmbeddedServer } from '../../src/server/embedded/embedded-server.ts';

try {
  const [directory = '', database = 'development'] = process.argv.slice(2);
  const { password: _, ...server } = await ensureEmbeddedServer({ directory, database });
  process.stdout.write(JSON.stringify(server));
} catch (error) {
  process.stderr.write(renderError(error));
  process.exitCode = exitCodeOf(error);
}
