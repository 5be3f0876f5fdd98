import { registerHooks } from 'node:module'
import { applyEdit, type Edit } from './copy.ts'

// Loaded into a process before the gateway, which then runs with the edits to its sources that HOOKQL_TEST_EDITS has: constants such
// as the time of a lease, which no setting may change, or what a later version adds.

const edits = JSON.parse(process.env['HOOKQL_TEST_EDITS'] ?? '[]') as readonly Edit[]
const sources = new URL('../../src/', import.meta.url).href

registerHooks({
  load(url, context, load) {
    const loaded = load(url, context)
    const own = edits.filter(({ file }) => url === sources + file)
    if (own.length === 0) return loaded
    const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source ?? undefined)
    return { ...loaded, source: own.reduce((source, edit) => applyEdit(source, edit), text) }
  },
})
