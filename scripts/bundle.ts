import { rolldown, type RolldownLog, type RolldownOutput } from 'rolldown'

// Programs in a few files each. Most of what it takes to start one is to find and read more than a thousand files.

/** What a package of ours uses if it is there, which it is not. */
const optional = ['pg-native']

/** Bundles programs, by name, with what they import except `left`. Everything is in `folder`, as deep in a package as sources are. */
export async function bundle(
  programs: Readonly<Record<string, string>>,
  folder: string,
  left: readonly string[] = [],
): Promise<RolldownOutput> {
  await using bundled = await rolldown({
    input: { ...programs },
    platform: 'node',
    external: [...optional, ...left],
    onLog: refuse,
  })
  return await bundled.write({ dir: folder, entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', keepNames: true })
}

function refuse(_: unknown, log: RolldownLog): void {
  if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message)
}
