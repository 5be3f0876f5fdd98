import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { baanx } from '../../src/providers/baanx/index.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { startGateway } from '../helpers/process.ts'
import type { Act } from './act.ts'
import { type Case, openCase } from './case.ts'
import { toResult } from './matrix.ts'
import { ask, runReal, toEnvironment } from './real.ts'

/** Sets how large a file of a process may become, which is how large it is on a full disk. */
const limitFiles = (pid: string, bytes: string) => spawnSync('prlimit', ['--pid', pid, `--fsize=${bytes}:`])

/** A few; npm run crashes runs each step of each write. */
describe('a process', () => {
  it('that is killed once the new webhook of a rotation is recorded leaves its secret to the next one', async () => {
    const tried: Case = {
      act: { provider: encrata, operation: 'rotate', trouble: null },
      moments: [{ place: { kind: 'COMMIT', commit: 'TWIN' }, when: 'after' }],
    }
    expect(toResult(await runReal(tried))).toMatchObject({
      effect: 'old and new webhook',
      entry: 'succeeded, secret kept',
      repeated: 'the same result',
      violations: [],
    })
  })

  it('whose last commit the disk has lost leaves to the next one what it can prove', async () => {
    const tried: Case = {
      act: { provider: baanx, operation: 'create', trouble: null },
      moments: [{ place: { kind: 'COMMIT', commit: 'outcome' }, when: 'LOST' }],
    }
    expect(toResult(await runReal(tried, 'LOST'))).toMatchObject({
      effect: 'created',
      entry: 'succeeded, secret kept',
      repeated: 'the same result',
      violations: [],
    })
  })

  it('that is asked to stop while the provider works completes the write, responds and exits with 0', async () => {
    const tried: Case = {
      act: { provider: verifik, operation: 'create', trouble: null },
      moments: [{ place: { kind: 'REQUEST', target: { method: 'POST' }, label: 'POST /webhooks' }, when: 'before' }],
    }
    expect(toResult(await runReal(tried, 'SIGTERM'))).toMatchObject({
      told: 'carried out',
      entry: 'succeeded, secret kept',
      repeated: 'the same result',
      violations: [],
    })
  })

  it.runIf(spawnSync('prlimit', ['--version']).status === 0)(
    'whose disk is full once the write is sent responds with its result, and answers its key with it when there is space',
    async () => {
      const act: Act = { provider: encrata, operation: 'create', trouble: null }
      const { rig, asked } = await openCase({ act, moments: [] })
      const folder = await mkdtemp(join(tmpdir(), 'hookql-crash-'))
      const key = randomBytes(32).toString('base64')
      const gateway = await startGateway(toEnvironment(rig, join(folder, 'hookql.db'), key))
      onTestFinished(async () => {
        await gateway.stop()
        await rig.close()
        await rm(folder, { recursive: true })
      })
      const [, pid = ''] = /"pid":(\d+)/.exec(gateway.startLine) ?? []
      const before = spawnSync('prlimit', ['--pid', pid, '--fsize', '--output=SOFT', '--noheadings', '--raw'])
      const since = rig.standIn.calls.length
      rig.standIn.fail({ method: 'POST' }, () => limitFiles(pid, '0'))
      const told = await ask(gateway, act, asked)
      expect(told).toMatchObject({ error: null, replayed: false, warnings: [{ code: 'JOURNAL_INCOMPLETE' }] })
      limitFiles(pid, before.stdout.toString().trim())
      expect(await ask(gateway, act, asked)).toEqual({ ...told, replayed: true, warnings: [] })
      expect(rig.standIn.calls.slice(since).filter(({ method }) => method === 'POST')).toHaveLength(1)
    },
  )
})
