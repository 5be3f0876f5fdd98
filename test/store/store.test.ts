import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { describeStore } from './conformance.ts'

const directory = mkdtempSync(join(tmpdir(), 'hookql-store-'))
afterAll(() => rmSync(directory, { recursive: true }))
let count = 0

describeStore('memory', () => openStore({ path: null, keys: createKeys() }))
describeStore('a file', () => openStore({ path: join(directory, `${(count += 1)}.db`), keys: createKeys() }))
