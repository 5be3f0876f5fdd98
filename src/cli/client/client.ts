import { isRecord } from '../../gateway/unchecked.ts'
import { CommandError } from '../failure.ts'
import type { Document } from './document.ts'

/** Asks a gateway, as any other client of its API. */
export interface Client {
  /** Throws CommandError if there is no result. */
  send<Result, Variables>(operation: Document<Result, Variables>, variables: Variables): Promise<Result>
  /** Whether secrets that a write returned are kept after this process has ended. */
  readonly keepsSecrets: boolean
  /** Whether it runs the sandbox because nothing else is configured, rather than because somebody has asked for it. */
  readonly isSandboxUnasked: boolean
  close(): Promise<void>
}

/** Sends an HTTP request with this body. */
export type Post = (body: string) => Promise<Response>

export function createSend(post: Post, place: string): Client['send'] {
  return async <Result, Variables>(operation: Document<Result, Variables>, variables: Variables): Promise<Result> => {
    const response = await post(JSON.stringify({ query: operation.text, variables }))
    const answer = await readAnswer<Result>(response)
    const problems = answer?.errors?.map(({ message }) => `${place}: ${message}`) ?? []
    if (problems.length > 0) throw new CommandError(problems)
    if (answer?.data == null) throw new CommandError([`${place}: this is no HookQL gateway (HTTP ${response.status})`])
    return answer.data
  }
}

interface Answer<Result> {
  readonly data?: Result | null
  readonly errors?: readonly { readonly message: string }[]
}

async function readAnswer<Result>(response: Response): Promise<Answer<Result> | null> {
  const answer: unknown = await response.json().catch(() => null)
  return isAnswer<Result>(answer) ? answer : null
}

/** Whether a gateway sent it, which validates operations and promises the shape of what it returns. */
function isAnswer<Result>(answer: unknown): answer is Answer<Result> {
  return isRecord(answer) && (isRecord(answer['data']) || Array.isArray(answer['errors']))
}
