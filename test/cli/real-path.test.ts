import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { toRealPath } from '../../src/cli/real-path.ts'
import { openFolder } from '../helpers/command.ts'

it('finds where a path leads to over links, whether something is there or not', () => {
  const folder = realpathSync.native(openFolder())
  mkdirSync(join(folder, 'real'))
  writeFileSync(join(folder, 'real/file'), '')
  const links = { way: 'real', link: 'way/file', 'real/up': '../way', lost: 'way/new', 'lost-folder': 'real/none' }
  for (const [name, target] of Object.entries({ ...links, again: 'lost', circle: 'round', round: 'circle' }))
    symlinkSync(target, join(folder, name))
  const found = {
    'real/file': 'real/file',
    link: 'real/file',
    'way/up/up/file': 'real/file',
    'way/new': 'real/new',
    'way/none/new': 'real/none/new',
    lost: 'real/new',
    again: 'real/new',
    'lost-folder/new': 'real/none/new',
    // Nothing can be there.
    'link/new': 'real/file/new',
    'way/../circle': 'circle',
    'circle/new': 'circle/new',
  }
  for (const [path, real] of Object.entries(found)) expect(toRealPath(join(folder, path))).toBe(join(folder, real))
  expect(toRealPath('/none/../new')).toBe('/new')
})
