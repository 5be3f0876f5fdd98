import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Provider } from '../../src/provider/provider.ts'
import type { StandIn, StandInCall } from '../../src/sandbox/server.ts'
import { makeOwnCode } from '../helpers/recorder.ts'
import { checkCalls, type Description } from './document.ts'
import { exceptions } from './exceptions.ts'
import { describeGraphql } from './graphql.ts'
import { describeOpenapi } from './openapi.ts'

const recorded = new Map<string, StandInCall[]>()

/** Has what this test exchanges with a stand-in checked at the end. */
export function recordWire({ name }: Provider, standIn: StandIn): void {
  onTestFinished(() => {
    recorded.set(name, [...(recorded.get(name) ?? []), ...standIn.calls])
  })
}

/** Paths of documents that describe more than webhooks. */
const within = new Map([['github', /^\/(?:repos\/\{owner\}\/\{repo\}|orgs\/\{org\})\/hooks(?:\/|$)/]])
/** Documents that come with a package. */
const packaged = new Map([['github', '@octokit/openapi/generated/api.github.com.json']])

/** All exchanges of the tests above agree with the vendor's own description, if there is one in the folder or in a package. */
export function describeWire(provider: Provider): void {
  const { name, displayName } = provider
  const folder = process.env['HOOKQL_WIRE']
  describe(`what ${displayName} and its adapter say to each other`, () => {
    it("agrees with the vendor's own description of the API", async (context) => {
      const calls = recorded.get(name) ?? []
      recorded.delete(name)
      // ajv makes validators of the description.
      const report = await makeOwnCode(async () => {
        const description = await findDescription(name, folder)
        const own = exceptions.filter((each) => each.provider === name)
        return description && checkCalls(description, calls, own)
      })
      if (report === null) return context.skip('There is no description of it here.')
      const target = process.env['HOOKQL_WIRE_REPORT']
      if (target !== undefined) writeFileSync(join(target, `${name}.json`), JSON.stringify({ ...report, calls: calls.length }))
      expect(report.failures).toEqual([])
    })
  })
}

async function findDescription(name: string, folder: string | undefined): Promise<Description | null> {
  const own = packaged.get(name)
  const places = [
    ...(folder === undefined ? [] : [join(folder, `${name}.graphql`), join(folder, `${name}.json`)]),
    ...(own === undefined ? [] : [createRequire(import.meta.url).resolve(own)]),
  ]
  const place = places.find(existsSync)
  if (place === undefined) return null
  const text = readFileSync(place, 'utf8')
  return place.endsWith('.graphql') ? describeGraphql(text) : describeOpenapi(text, within.get(name))
}
