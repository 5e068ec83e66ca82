/** PostgreSQL's own parser, as WebAssembly: loaded with the first statement, or ahead of it. */
import { setFlagsFromString } from 'node:v8';

type Parser = Pick<typeof import('libpg-query'), 'parse' | 'scan'> &
  Pick<typeof import('./read-change.ts'), 'readChanges'>;

let loading: Promise<Parser> | undefined;

/** Called while PostgreSQL works, it leaves nothing to wait for later. */
export function loadParser(): Promise<Parser> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Parser> {
  const [{ parse, scan }, { readChanges }] = await Promise.all([
    withoutOptimizer(loadCompiled),
    import('./read-change.ts'),
  ]);
  return { parse, scan, readChanges };
}

async function loadCompiled(): Promise<Pick<Parser, 'parse' | 'scan'>> {
  const parser = await import('libpg-query');
  // V8 compiles a function when it is first called, and this calls the grammar
  await parser.parse('select 1');
  return parser;
}

/**
 * The grammar is one function of 100 kB. After some hundred tokens V8 finds it worth its optimizing compiler, which then takes
 * 0.4 s and 600 MB, and the process cannot end before. Whether it may is asked when the function is first compiled, so the
 * flags go back at once. https://v8.dev/docs/wasm-compilation-pipeline
 */
async function withoutOptimizer<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString('--no-wasm-dynamic-tiering');
  setFlagsFromString('--no-wasm-tier-up');
  try {
    return await work();
  } finally {
    setFlagsFromString('--wasm-dynamic-tiering');
    setFlagsFromString('--wasm-tier-up');
  }
}
