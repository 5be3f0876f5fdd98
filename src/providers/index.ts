import type { Provider } from '../provider.ts'
import { baanx } from './baanx/index.ts'

/** Every provider there is. The only file that names them. */
export const providers: readonly Provider[] = [baanx]
