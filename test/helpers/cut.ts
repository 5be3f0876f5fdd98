import { onTestFinished } from 'vitest'
import { startWay, type Way } from './way.ts'

/** Opens a way to a database for one test. */
export async function openWay(databaseUrl: string): Promise<Way> {
  const way = await startWay(databaseUrl)
  onTestFinished(() => way.close())
  return way
}
