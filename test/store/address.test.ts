import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { StoreError } from '../../src/store/error.ts'
import { parseAddress } from '../../src/store/postgres/address.ts'

describe('the URL of a database', () => {
  it('says where it is and who asks, and is named without user and password', () => {
    expect(parseAddress('postgresql://ada:p%40ss%2Fw%23@db.test/hookql')).toEqual({
      place: 'Postgres at db.test:5432/hookql',
      user: 'ada',
      password: 'p@ss/w#',
      host: 'db.test',
      port: 5432,
      database: 'hookql',
      ssl: false,
      options: undefined,
      poolMax: 10,
    })
    expect(parseAddress('postgres://ada@[::1]:6432/a%20b?pool_max=3&options=-c%20search_path%3Down')).toMatchObject({
      place: 'Postgres at ::1:6432/a b',
      password: undefined,
      host: '::1',
      port: 6432,
      database: 'a b',
      options: '-c search_path=own',
      poolMax: 3,
    })
    expect(parseAddress('postgres://ada@localhost/hookql?host=/run/postgresql')).toMatchObject({ host: '/run/postgresql' })
  })

  it('says whether the connection is encrypted, and who is trusted', () => {
    const directory = mkdtempSync(join(tmpdir(), 'hookql-address-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const path = join(directory, 'ca.pem')
    writeFileSync(path, 'the authority')
    const read = (query: string) => parseAddress(`postgres://ada:b@db.test/hookql${query}`).ssl
    expect(read('?sslmode=disable')).toBe(false)
    for (const mode of ['require', 'verify-ca', 'verify-full']) expect(read(`?sslmode=${mode}`)).toEqual({})
    expect(read(`?sslmode=verify-full&sslrootcert=${path}&sslcert=${path}&sslkey=${path}`)).toEqual({
      ca: 'the authority',
      cert: 'the authority',
      key: 'the authority',
    })
    expect(read('?sslmode=no-verify')).toEqual({ rejectUnauthorized: false })
  })

  it('names the directory of a socket and its port', () => {
    expect(parseAddress('postgres://ada@%2Fvar%2Frun:5433/hookql')).toMatchObject({ host: '/var/run', port: 5433 })
  })

  const refused: readonly (readonly [string, string])[] = [
    ['postgres://', 'it names no user'],
    ['postgres://:5432/hookql', 'it must look like postgres://user:password@host:5432/database'],
    ['postgres:canary@db.test/hookql', 'it must look like postgres://user:password@host:5432/database'],
    ['postgres://ada:canary#b@db.test/hookql', 'write # as %23, @ as %40, : as %3A, / as %2F and % as %25 in the password'],
    ['postgres://ada:canary/b@db.test/hookql', 'write # as %23, @ as %40, : as %3A, / as %2F and % as %25 in the password'],
    ['postgres://ada:canary@/b@db.test/hookql', 'write # as %23, @ as %40, : as %3A, / as %2F and % as %25 in the password'],
    ['postgres://ada:canary@b@db.test/hookql', 'write # as %23, @ as %40, : as %3A, / as %2F and % as %25 in the password'],
    ['postgres://ada:canary%b@db.test/hookql', 'write # as %23, @ as %40, : as %3A, / as %2F and % as %25 in the password'],
    [
      'postgres://ada:canary@/hookql?host=/run',
      'it names no host; for a Unix socket, that is its directory with / as %2F, such as %2Fvar%2Frun',
    ],
    ['postgres://db.test/hookql', 'it names no user'],
    ['postgres://ada:canary@db.test', 'it names no database'],
    ['postgres://ada:canary@db.test/', 'it names no database'],
    ['postgres://ada:canary@db.test/a/b', 'it names no database'],
    [
      'postgres://ada:canary@db.test/hookql?sslMode=require',
      'the parameter "sslMode" is not known; use host, options, pool_max, sslmode, sslrootcert, sslcert, sslkey',
    ],
    [
      'postgres://ada:canary@db.test/hookql?sslmode=prefer',
      'sslmode must be disable, no-verify, require, verify-ca or verify-full',
    ],
    ['postgres://ada:canary@db.test/hookql?sslrootcert=/nowhere', 'the file of sslrootcert cannot be read (ENOENT)'],
    ['postgres://ada:canary@db.test/hookql?pool_max=0', 'pool_max must be a number from 1 to 1000'],
    ['postgres://ada:canary@db.test/hookql?pool_max=many', 'pool_max must be a number from 1 to 1000'],
  ]
  it.each(refused)('%s is refused without repeating it', (url, issue) => {
    expect(() => parseAddress(url)).toThrow(new StoreError(`The URL of the store is not valid: ${issue}`))
    expect(issue).not.toContain('canary')
  })
})
