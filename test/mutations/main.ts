import { parseArgs } from 'node:util'
import { tellUsage } from '../helpers/usage.ts'
import { mutations } from './list.ts'
import { runMutations } from './run.ts'

// Puts each mutation into a copy of the sources and runs the test that has to notice it: 1 where one is not noticed. Names, or
// parts of names or files, as arguments run those alone.

tellUsage(`npm run mutations -- [options] [name...]
  name            Only mutations whose name or file contains one of these.
  --workers <n>   How many run at the same time: 2 unless told otherwise.`)

const { values, positionals } = parseArgs({ allowPositionals: true, options: { workers: { type: 'string', default: '2' } } })
const tell = (line: string) => process.stdout.write(`${line}\n`)

const wanted = mutations.filter(({ name, file }) => {
  return positionals.length === 0 || positionals.some((each) => name.includes(each) || file.includes(each))
})
if (wanted.length === 0) throw new TypeError(`There is no mutation ${positionals.join(', ')}.`)
const counts = { KILLED: 0, SURVIVED: 0, BROKEN: 0, DEFECTLESS: 0 }
for (const { file, name, defectless } of wanted) {
  if (defectless === undefined) continue
  counts.DEFECTLESS += 1
  tell(`no defect ${file}: ${name} (${defectless})`)
}
const running = wanted.filter(({ defectless }) => defectless === undefined).values()
const work = () => {
  return runMutations(running, ({ file, name, test }, outcome, output) => {
    counts[outcome] += 1
    tell(`${outcome.toLowerCase()} ${file}: ${name} (${test})`)
    if (outcome === 'BROKEN') tell(output.replaceAll(/^/gm, '  '))
  })
}
await Promise.all(Array.from({ length: Number(values.workers) }, work))
tell(`${counts.KILLED} killed, ${counts.SURVIVED} survived, ${counts.BROKEN} broken, ${counts.DEFECTLESS} no defect.`)
process.exitCode = counts.SURVIVED + counts.BROKEN > 0 ? 1 : 0
