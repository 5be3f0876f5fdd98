import { access } from 'node:fs/promises'
import { matchesGlob } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import config from '../../vitest.config.ts'
import { applyEdit, readSource } from '../helpers/copy.ts'
import { mutations } from './list.ts'
import { toProject } from './run.ts'

const globs = z.array(z.string())
const project = z.object({ test: z.object({ name: z.string(), include: globs, exclude: globs.default([]) }) })
const projects = z.array(project).parse(config.test?.projects)

describe('the list of mutations', () => {
  it.each(mutations)('still fits the source and its test: $file, $name', async (mutation) => {
    const source = await readSource(mutation.file)
    expect(applyEdit(source, mutation)).not.toBe(source)
    await access(new URL(`../${mutation.test}.test.ts`, import.meta.url))
  })

  it('names tests that run in the project that its own run takes', () => {
    const isRun = (file: string) =>
      projects.some(({ test: { name, include, exclude } }) => {
        const isIn = (globs: readonly string[]) => globs.some((glob) => matchesGlob(`test/${file}.test.ts`, glob))
        return matchesGlob(name, toProject(file)) && isIn(include) && !isIn(exclude)
      })
    const tests = new Set(mutations.map(({ test }) => test))
    expect([...tests].filter((file) => !isRun(file))).toEqual([])
    expect(isRun('schema/nothing/here')).toBe(true)
    expect(isRun('../elsewhere')).toBe(false)
  })

  it('has a name for each', () => {
    const names = mutations.map(({ file, name }) => `${file} ${name}`)
    expect(new Set(names).size).toBe(names.length)
  })
})
