import { randomUUID } from 'node:crypto'
import type { ExpressionBuilder } from 'kysely'
import type { Change, Database } from './database.ts'
import { TurnTakenError } from './error.ts'
import type { Owners } from './owners.ts'
import type { ReadTurn, Turn } from './store.ts'
import type { Tables } from './tables.ts'

type Condition = (eb: ExpressionBuilder<Tables, 'turns'>) => ReturnType<typeof eb.and>

/** The turns at webhooks and URLs, as statements. A row says who is in, or who was last. */
export function createTurns({ queries, now }: Database, owners: Owners) {
  /** A look that nobody ends any more has sent nothing that others would have to wait for. */
  const isHeld = (eb: ExpressionBuilder<Tables, 'entries'>) =>
    eb.or([eb('entries.state', '=', 'RUNNING'), eb.not(owners.isOrphaned(eb))])

  const isFree: Condition = (eb) =>
    eb.and([
      eb.not(
        eb.exists(
          queries
            .selectFrom('entries')
            .select('entries.id')
            .where('entries.id', '=', eb.ref('turns.entry'))
            .where((entries) => isHeld(entries)),
        ),
      ),
    ])

  function take(turn: string, entry: string, isPermitted: Condition): Change {
    const mark = randomUUID()
    return {
      query: queries
        .insertInto('turns')
        .values({ turn, entry, mark, taken_ms: now() })
        .onConflict((conflict) =>
          conflict
            .column('turn')
            .doUpdateSet(({ ref }) => ({ entry, mark, taken_ms: ref('excluded.taken_ms') }))
            .where((eb) => isPermitted(eb)),
        ),
      refuse: () => new TurnTakenError(turn),
    }
  }

  return {
    /** Takes turns that nobody took since they were read. */
    takeRead: (turns: readonly ReadTurn[], entry: string): readonly Change[] =>
      toOrdered(turns).map(({ turn, mark }) =>
        // Without a mark, there was no row: one that is there now was made since.
        take(turn, entry, (eb) => eb.and([isFree(eb), mark === null ? eb.lit(false) : eb('turns.mark', '=', mark)])),
      ),

    /** Takes turns that nobody else is in. */
    takeFree: (turns: readonly string[], entry: string): readonly Change[] =>
      toOrdered(turns.map((turn) => ({ turn }))).map(({ turn }) =>
        take(turn, entry, (eb) => eb.or([isFree(eb), eb('turns.entry', '=', entry)])),
      ),

    /** Frees the turns that an entry is in. */
    free: (entry: string): Change => ({ query: queries.updateTable('turns').set({ entry: null }).where('entry', '=', entry) }),

    /** Same, unless it is running. */
    freeUnlessRunning: (entry: string): Change => ({
      query: queries
        .updateTable('turns')
        .set({ entry: null })
        .where('entry', '=', entry)
        .where('entry', 'in', queries.selectFrom('entries').select('id').where('id', '=', entry).where('state', '<>', 'RUNNING')),
    }),

    async read(turn: string): Promise<Turn> {
      const row = await queries
        .selectFrom('turns')
        .leftJoin('entries', 'entries.id', 'turns.entry')
        .select(['turns.mark', 'turns.entry'])
        .select((eb) => eb.case().when(isHeld(eb)).then(eb.lit(1)).else(eb.lit(0)).end().as('is_held'))
        .select((eb) => eb.case().when(owners.isOrphaned(eb)).then(eb.lit(1)).else(eb.lit(0)).end().as('is_orphaned'))
        .where('turns.turn', '=', turn)
        .executeTakeFirst()
      if (row === undefined) return { turn, mark: null, heldBy: null, isOrphaned: false }
      const { mark, entry } = row
      if (entry === null || row.is_held === 0) return { turn, mark, heldBy: null, isOrphaned: false }
      return { turn, mark, heldBy: entry, isOrphaned: row.is_orphaned === 1 }
    },
  }
}

/** Each once, in one order for all processes: so none waits for another that waits for it. */
function toOrdered<Each extends { readonly turn: string }>(turns: readonly Each[]): readonly Each[] {
  return [...new Map(turns.map((each) => [each.turn, each])).values()].toSorted((one, other) => (one.turn < other.turn ? -1 : 1))
}
