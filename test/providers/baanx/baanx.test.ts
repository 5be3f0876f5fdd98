import { describe, expect, it } from 'vitest'
import { createBaanxApi, readFailure, wire } from '../../../src/providers/baanx/api.ts'
import { toChanges } from '../../../src/providers/baanx/convert.ts'
import { baanx } from '../../../src/providers/baanx/index.ts'
import { describeFixtures } from '../../helpers/fixtures.ts'
import { openHttp, openStandIn } from '../../helpers/stand-in.ts'

const input = { name: 'KYC', url: 'https://hooks.acme.test/b', eventTypes: ['kyc.status.changed'], enabled: true, options: {} }

describeFixtures(new URL('./fixtures/', import.meta.url), wire)

describe('Baanx', () => {
  it('shows the whole key on create and only its mask afterwards', async () => {
    const standIn = await openStandIn(baanx)
    const api = createBaanxApi(openHttp(baanx, standIn))
    const created = await api.create(toChanges(input))
    const read = await api.get(created.id)
    const key = created.apiKey.reveal()
    expect(key).toMatch(/^whk_[a-z0-9]{64}$/)
    expect(read.apiKey).toBe(`whk_****...****${key.slice(-4)}`)
  })

  it('refuses a sixth webhook with the limit', async () => {
    const standIn = await openStandIn(baanx)
    const api = createBaanxApi(openHttp(baanx, standIn))
    for (let count = 0; count < 5; count += 1) await api.create(toChanges(input))
    await expect(api.create(toChanges(input))).rejects.toMatchObject({ code: 'LIMIT_REACHED', limit: 5 })
  })

  it.each([
    [400, 'Maximum webhook limit (5) reached for this tenant', { kind: 'LIMIT_REACHED', limit: 5 }],
    [400, 'url must be an HTTPS URL', { kind: 'INVALID_INPUT', paths: [['url']] }],
    [400, 'something else', undefined],
    [401, 'Not authenticated', undefined],
    [498, 'Invalid client key', { kind: 'CREDENTIALS_REJECTED' }],
    [499, 'Missing client key', { kind: 'CREDENTIALS_REJECTED' }],
    [503, 'Notification service is not configured for this environment', { kind: 'NOT_CONFIGURED' }],
    [503, 'Service Unavailable', undefined],
  ])('reads %i "%s"', (status, message, meaning) => {
    expect(readFailure(status, { message })).toEqual({ code: null, message, ...(meaning && { meaning }) })
  })

  it.each([[undefined], [{}], [{ error: 'Not Found' }], [[]]])('reads %j as no error of its own', (body) => {
    expect(readFailure(401, body)).toBeNull()
    expect(readFailure(499, body)).toBeNull()
  })
})
