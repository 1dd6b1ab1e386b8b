import type { ApplicationName } from '../client/index.ts';
import type { BelayConfig } from '../config.ts';
import { headOn } from '../domain/lease.ts';
import { lockPlaces } from '../domain/unfinished-run.ts';
import type { Journal } from '../ports/journal.ts';
import type { JournalHead } from '../schema/outcome.ts';
import { withLease } from './leases.ts';

/** Where the journal ends by what the application's Leases say; the latest of those that can be read. */
export async function headOnLeases(
  config: BelayConfig,
  name: ApplicationName,
  journal: Journal,
): Promise<JournalHead | undefined> {
  const heads = await Promise.all((await placesOf(config, name, journal)).map((place) => headIn(config, name, place)));
  return heads.filter((head) => head !== null).sort((one, other) => other.sequence - one.sequence)[0];
}

type Place = ReturnType<typeof lockPlaces>[number];

/** As recorded; of a journal that cannot be read through, as configured. */
async function placesOf({ clusters }: BelayConfig, name: ApplicationName, journal: Journal): Promise<readonly Place[]> {
  const recorded = lockPlaces(await journal.read(name).catch(() => []));
  if (recorded.length > 0) return recorded;
  return Object.entries(clusters).flatMap(([cluster, { lockNamespace }]) =>
    lockNamespace === undefined ? [] : [{ cluster, lockNamespace }],
  );
}

async function headIn(
  { clusters }: BelayConfig,
  name: ApplicationName,
  { cluster, lockNamespace }: Place,
): Promise<JournalHead | null> {
  const entry = clusters[cluster];
  if (!entry) return null;
  try {
    return await withLease({ name, cluster, entry, lockNamespace }, async ({ lease }) =>
      lease ? headOn(lease) : null,
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`belay: the Lease in ${cluster} was not asked where the journal ends: ${why}\n`);
    return null;
  }
}
