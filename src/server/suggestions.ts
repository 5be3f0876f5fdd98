import { type ExecutionArgs, getOperationAST, getVariableValues, GraphQLError, validate } from 'graphql'
import type { Plugin } from 'graphql-yoga'

const hidden = { hideSuggestions: true }

/** Keeps errors from naming fields, types and values that come close: where the schema is not shown, none of it is to be guessed. */
export function useHiddenSuggestions(): Plugin {
  return {
    onValidate({ setValidationFn }) {
      setValidationFn((...[schema, document, rules, options]: Parameters<typeof validate>) =>
        validate(schema, document, rules, { ...options, ...hidden }),
      )
    },
    onExecute({ args, setResultAndStopExecution }) {
      const errors = findWrongVariables(args)
      if (errors.length > 0) setResultAndStopExecution({ errors })
    },
  }
}

function findWrongVariables({ schema, document, operationName, variableValues }: ExecutionArgs): readonly GraphQLError[] {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? []
  const { errors = [] } = getVariableValues(schema, definitions, variableValues ?? {}, { maxErrors: 50, ...hidden })
  return errors.map(
    ({ message, nodes }) => new GraphQLError(message, { nodes: nodes ?? null, extensions: { http: { status: 400 } } }),
  )
}
