import type { ExecutionResult } from 'graphql'
import { type FetchAPI, processRegularResult } from 'graphql-yoga'
import type { Answer } from './exchange.ts'

/** A result in GraphQL-over-HTTP format. */
export async function wrap(result: ExecutionResult, type: string, fetchAPI: FetchAPI): Promise<Answer> {
  return result.errors === undefined ? wrapData(result, type) : readAnswer(processRegularResult(result, fetchAPI, type))
}

/** The library's response for a result without errors, without Fetch objects. */
function wrapData(result: ExecutionResult, type: string): Answer {
  return { status: 200, headers: { 'content-type': `${type}; charset=utf-8` }, body: JSON.stringify(result) }
}

async function readAnswer(answered: Response): Promise<Answer> {
  return { status: answered.status, headers: Object.fromEntries(answered.headers), body: await answered.bytes() }
}
