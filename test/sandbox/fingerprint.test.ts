import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../src/providers/fingerprint/index.ts'
import { open } from './open.ts'

describe("Fingerprint's stand-in", () => {
  it.each([
    ['https://hooks.acme.test/f', true],
    ['https://down.acme.test/f', false],
    ['https://DOWN.acme.test/f', false],
    ['https://hooks.acme.test/down.', true],
    ['https://downtown.acme.test/f', true],
  ])('asked to verify %s, finds it verified: %s', async (url, verified) => {
    const { call } = await open(fingerprint)
    const { id } = (await call('POST', '/webhooks', { url })).body.data
    const answer = await call('POST', `/webhooks/${id}/verification`)
    expect(answer).toMatchObject({ status: 200, body: { data: { id, url, verified } } })
    expect((await call('GET', `/webhooks/${id}`)).body).toEqual(answer.body)
    expect(answer.text).not.toContain('signing_key')
  })

  it('refuses to verify what is verified', async () => {
    const { call } = await open(fingerprint, { seeded: true })
    expect(await call('POST', '/webhooks/wh_Q1w2E3r4T5y6U7/verification')).toMatchObject({
      status: 400,
      body: { error: { message: 'Webhook is already verified' } },
    })
  })

  it('starts with a webhook that does not answer', async () => {
    const { call } = await open(fingerprint, { seeded: true })
    const { data } = (await call('POST', '/webhooks/wh_A8s7D6f5G4h3J2/verification')).body
    expect(data).toMatchObject({ description: 'Staging, endpoint not responding yet', verified: false })
    await call('PATCH', `/webhooks/${data.id}`, { url: 'https://staging.acme.test/f' })
    expect((await call('POST', `/webhooks/${data.id}/verification`)).body.data).toMatchObject({ verified: true })
  })

  it.each([
    ['/webhooks/wh_none/verification', undefined, 404],
    ['/webhooks/wh_Q1w2E3r4T5y6U7/verification', {}, 400],
    ['/webhooks/wh_Q1w2E3r4T5y6U7/verification?force=true', undefined, 400],
  ])('refuses to verify by POST %s %j with %i', async (path, body, status) => {
    const { call } = await open(fingerprint, { seeded: true })
    expect((await call('POST', path, body)).status).toBe(status)
  })
})
