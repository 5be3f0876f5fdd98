import { verifik } from '../../../src/providers/verifik/index.ts'
import { describeProvider } from '../conformance.ts'

describeProvider(verifik, { variant: 'B', pastFirstPage: 120, absentFromList: ['retryPolicy'] })
describeProvider(verifik, { variant: 'A', isFurther: true, pastFirstPage: 120, absent: ['eventTypes'], unproven: true })
describeProvider(verifik, { variant: 'C', isFurther: true, pastFirstPage: 120, absent: ['name'] })
