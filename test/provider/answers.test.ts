import { describe, expect, it } from 'vitest'
import { readExactly } from '../../src/provider/answers.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { openHttp, openStandIn } from '../helpers/stand-in.ts'

describe('a webhook that an adapter builds on', () => {
  it('is the one that was asked for', async () => {
    const http = openHttp(encrata, await openStandIn(encrata))
    const wire = { id: 'one' }
    expect(await readExactly(http, 'one', Promise.resolve(wire))).toBe(wire)
    await expect(readExactly(http, 'two', Promise.resolve(wire))).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT' })
  })
})
