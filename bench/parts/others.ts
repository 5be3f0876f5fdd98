import { compare, withServers } from '../measure.ts'
import { create, type Question, readIds, toListOf, toOne, toTwenty } from '../questions.ts'
import { exactly, printSamples } from '../report.ts'
import { sized, tell } from '../rig.ts'
import { ask, names, on, start, stop } from '../server.ts'
import { brief, quick } from '../settings.ts'

/** Operations other than lists. */
export async function measureOthers(): Promise<void> {
  const upstreams = sized['400'] ?? []
  const server = await start(on, upstreams)
  const ids = readIds(await ask(server, toListOf(['verifik-1'], 20)))
  await tell()
  await ask(server, toTwenty(ids))
  exactly('calls upstream for 20 ids of one account', 1, await tell())
  await stop(server)
  const questions: Readonly<Record<string, Question>> = {
    'One webhook': toOne(ids[0] ?? ''),
    '20 ids of one account': toTwenty(ids),
    'A create': create,
  }
  for (const [title, question] of Object.entries(questions)) {
    const measure = async (servers: Parameters<typeof compare>[0]) =>
      printSamples(`${title}, upstream 0 ms, 16 connections`, await compare(servers, question, 16, brief))
    await withServers(upstreams, quick ? ['raw', on] : names, question, measure, quick ? 1 : 2)
  }
}
