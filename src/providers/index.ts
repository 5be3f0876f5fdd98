import type { Provider } from '../provider/provider.ts'
import { baanx } from './baanx/index.ts'
import { encrata } from './encrata/index.ts'
import { fingerprint } from './fingerprint/index.ts'
import { github } from './github/index.ts'
import { linear } from './linear/index.ts'
import { shopify } from './shopify/index.ts'
import { stripe } from './stripe/index.ts'
import { verifik } from './verifik/index.ts'

/** All providers. The only file that names them. */
export const providers: readonly Provider[] = [baanx, encrata, fingerprint, github, linear, shopify, stripe, verifik]
