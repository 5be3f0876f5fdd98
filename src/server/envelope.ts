import type { ExecutionResult } from 'graphql'
import { type FetchAPI, processRegularResult } from 'graphql-yoga'
import type { Answer } from './exchange.ts'

/** A result as GraphQL over HTTP has it. */
export async function wrap(result: ExecutionResult, type: string, fetchAPI: FetchAPI): Promise<Answer> {
  return result.errors === undefined ? wrapData(result, type) : readAnswer(processRegularResult(result, fetchAPI, type))
}

/** What the library comes to where there are no errors, without the objects of the Fetch standard. */
function wrapData(result: ExecutionResult, type: string): Answer {
  return { status: 200, headers: { 'content-type': `${type}; charset=utf-8` }, body: JSON.stringify(result) }
}

async function readAnswer(answered: Response): Promise<Answer> {
  return { status: answered.status, headers: Object.fromEntries(answered.headers), body: await answered.bytes() }
}
