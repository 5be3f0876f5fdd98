import { encrata } from '../../../src/providers/encrata/index.ts'
import { describeProvider } from '../conformance.ts'

const pastFirstPage = 'Encrata lists everything on one page.'

describeProvider(encrata, { variant: 'docs', pastFirstPage })
describeProvider(encrata, { variant: 'clients', isFurther: true, pastFirstPage })
