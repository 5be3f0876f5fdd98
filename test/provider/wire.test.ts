import { expect, it } from 'vitest'
import * as z from 'zod'
import { wireShown } from '../../src/provider/wire.ts'

it('what a provider sent shows the same when it is sealed, and knows nothing of the rest any more', () => {
  const sent = { id: '1', secret: 'whsec_sent', at: { url: 'https://user:word@hooks.acme.test', key: 'whsec_sent' } }
  const { raw } = wireShown(z.object({ id: z.string() }), { id: true, at: { url: true } }).parse(sent)
  const shown = { id: '1', at: { url: 'https://***@hooks.acme.test' } }
  expect(raw?.read()).toEqual(shown)
  raw?.seal()
  // It no longer refers to the object that has the secrets.
  sent.id = '2'
  sent.at.url = 'https://changed.acme.test'
  expect(raw?.read()).toEqual(shown)
})
