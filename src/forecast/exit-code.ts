import type { Forecast } from './forecast.ts';

/** 2 where a person must decide, 3 where something would run now, 0 where nothing would, or all of it waits for a deploy. */
export function exitCodeOfForecast({ problems, migrations }: Pick<Forecast, 'problems' | 'migrations'>): 0 | 2 | 3 {
  if (problems.length > 0) {
    return 2;
  }
  return migrations.every(({ state }) => state === 'waiting') ? 0 : 3;
}
