import type { Edit } from '../helpers/copy.ts'
import { api } from './api.ts'
import { cli } from './cli.ts'
import { http } from './http.ts'
import { journal } from './journal.ts'
import type { Mutation } from './mutation.ts'
import { plan } from './plan.ts'
import { providers } from './providers.ts'
import { schema } from './schema.ts'
import { server } from './server.ts'
import { start } from './start.ts'
import { store } from './store.ts'
import { verify } from './verify.ts'
import { write } from './write.ts'

export type FileMutation = Edit & Mutation

/** Every defect that a test is to notice. */
export const mutations: readonly FileMutation[] = [
  write,
  journal,
  store,
  api,
  http,
  schema,
  plan,
  server,
  start,
  cli,
  providers,
  verify,
].flatMap((part) => Object.entries(part).flatMap(([file, each]) => each.map((mutation) => ({ file, ...mutation }))))
