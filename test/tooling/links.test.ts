import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openPage } from '../helpers/page.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const pages = ['*.md', 'docs/**/*.md', 'bench/*.md', 'vectors/*.md'].flatMap((pattern) => globSync(pattern, { cwd: root }))

/** The links of a page within the repository, as they stand and as paths from the root. */
function listLinks(page: string) {
  const prose = openPage(page).text.replaceAll(/^```.*?^```$/gms, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#')
      return { target, path: path === '' ? page : join(dirname(page), path), anchor }
    })
}

describe('the documentation', () => {
  it('has the pages that it is known to have', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/api.md', 'docs/faults/README.md']))
  })

  it.each(pages)('links to files and headings that there are: %s', (page) => {
    const broken = listLinks(page).filter(({ path, anchor }) => {
      if (!existsSync(join(root, path))) return true
      return anchor !== undefined && !openPage(path).headings.some((heading) => heading.anchor === anchor)
    })
    expect(broken).toEqual([])
  })

  it('has one table in the README that leads to every page once', () => {
    const linked = openPage('README.md')
      .getCells('Where to go next')
      .map(([, cell = '']) => /\]\(([^)]+)\)/.exec(cell)?.[1] ?? cell)
    const docs = pages.filter((page) => /^docs\/(?:\w+\/README|[\w-]+)\.md$/.test(page))
    expect(linked.toSorted()).toEqual([...docs, 'CONTRIBUTING.md', 'SECURITY.md', 'bench/README.md'].toSorted())
  })

  it.each(pages.filter((page) => /^docs\/.*\/README\.md$/.test(page)))('leads from %s to every page beside it', (index) => {
    const beside = pages.filter((page) => page !== index && page.startsWith(dirname(index)))
    expect(listLinks(index).map(({ path }) => path)).toEqual(beside.toSorted())
  })
})
