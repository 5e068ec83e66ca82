import type { ConnectionFailure, ConnectionTarget } from './target.ts';

/** The server asks for a password, and there is none. */
export class MissingPasswordError extends Error {
  override readonly name = 'MissingPasswordError';

  constructor() {
    super('the server asks for a password and none is given');
  }
}

/** The server lets us in and is not what the settings ask for. */
export class UnsuitableServerError extends Error {
  override readonly name = 'UnsuitableServerError';
}

/** Explains what went wrong on our side of the login; undefined for any other error. */
export function explainLoginError(error: Error, target: ConnectionTarget): ConnectionFailure | undefined {
  const { user, passwordFrom } = target;
  if (error instanceof UnsuitableServerError) {
    return {
      happens: `The server lets us in and is not the right one. ${error.message}`,
      remedy: 'Give the URL of a server that is, or leave the parameter out.',
    };
  }
  if (error instanceof MissingPasswordError || /client password must be a (non-empty )?string/.test(error.message)) {
    return {
      happens: `The server asks for the password of "${user}", and none is given.`,
      remedy: 'Put it into the URL (user:password@host, with %40 for "@"), into PGPASSWORD or into ~/.pgpass.',
    };
  }
  if (error.message.startsWith('SASL: ')) {
    return {
      happens: `The server and pg do not agree on how to prove the password (${error.message}).`,
      remedy: [
        `Make sure that the password${passwordFrom ? ` (${passwordFrom})` : ''} is the one of "${user}" on this server,`,
        'and that no proxy in between logs in with another one.',
      ],
    };
  }
  return undefined;
}
