import * as z from 'zod'
import type { Mask } from '../../http/mask.ts'
import { CommandError } from '../failure.ts'
import type { Document } from './document.ts'

/** Asks a gateway, as any other client of its API. */
export interface Client {
  /** Throws CommandError if there is no result, or if something in it is not understood: `findForeign` returns its path, or null. */
  send<Result, Variables>(
    operation: Document<Result, Variables>,
    variables: Variables,
    findForeign?: (result: Result) => string | null,
  ): Promise<Result>
  /** Whether its journal is there after this process has ended. */
  readonly keepsJournal: boolean
  /** Whether it runs a sandbox, which ends with this process. */
  readonly isSandbox: boolean
  /** Whether it runs the sandbox because nothing else is configured, rather than because somebody has asked for it. */
  readonly isSandboxUnasked: boolean
  close(): Promise<void>
}

export type Kind = Document<unknown, unknown>['kind']

/** Sends an HTTP request with this body. Throws CommandError if there is no response. */
export type Post = (body: string, kind: Kind) => Promise<{ readonly status: number; readonly text: string }>

const answerShape = z.object({ data: z.optional(z.unknown()), errors: z.optional(z.array(z.object({ message: z.string() }))) })

/** Asks by `post`, and reads from an answer what `hide` leaves of it. */
export function createSend(post: Post, place: string, hide: Mask['hide'] = (body) => body): Client['send'] {
  return async <Result, Variables>(
    { kind, text, shape }: Document<Result, Variables>,
    variables: Variables,
    findForeign: (result: Result) => string | null = () => null,
  ): Promise<Result> => {
    const response = await post(JSON.stringify({ query: text, variables }), kind)
    const { data: answer } = answerShape.safeParse(hide(toData(response.text), response.text))
    const problems = answer?.errors?.map(({ message }) => `${place}: ${message}`) ?? []
    // What is refused before it begins has no data.
    const isRefused = answer?.data === undefined && response.status < 500
    if (problems.length > 0) throw new CommandError(isRefused ? problems : problems.map((each) => addDoubt(each, kind)))
    if (answer?.data == null) throw toUnanswered(`${place}: this is no HookQL gateway (HTTP ${response.status})`, kind)
    const { data, error } = shape.safeParse(answer.data)
    const [path] = error === undefined ? [findForeign(data)] : error.issues.map((issue) => issue.path.join('.'))
    if (error === undefined && path === null) return data
    const part = path ? `: see ${path}` : ''
    throw toUnanswered(`${place}: its answer is not what this version of HookQL understands${part}`, kind)
  }
}

/** Without an answer, nobody knows whether a mutation was carried out. */
export function toUnanswered(problem: string, kind: Kind): CommandError {
  return new CommandError([addDoubt(problem, kind)])
}

function addDoubt(problem: string, kind: Kind): string {
  const sentence = problem.replace(/\.$/, '')
  return kind === 'query' ? problem : `${sentence}. It may have been carried out all the same: run the same command again`
}

function toData(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
