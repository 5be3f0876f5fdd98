import * as z from 'zod'
import type { Provider } from '../../src/provider/provider.ts'
import { bodyRoute } from '../../src/provider/stand-in.ts'
import { baanx } from '../../src/providers/baanx/index.ts'

/** A provider that takes forms and answers with what it read. */
export const formEcho: Provider = {
  ...baanx,
  encoding: 'FORM',
  sandbox: {
    ...baanx.sandbox,
    encoding: 'FORM',
    open: () => [
      bodyRoute(
        'POST',
        '/echo',
        z.unknown(),
        () => ({ status: 400 }),
        ({ body }) => ({ status: 200, body }),
      ),
    ],
  },
}
