// The field for an API key or token, for pages whose gateway asks for one. The key is in memory alone: a reload forgets it.

const style = `
  #key { position: fixed; right: 12px; bottom: 12px; z-index: 5; display: flex; gap: 8px; align-items: center; padding: 6px 10px;
    border-radius: 8px; font: 14px system-ui, sans-serif; color: CanvasText; background: Canvas; border: 1px solid GrayText }
  #key input { width: 220px; padding: 4px 6px; font: inherit; color: inherit; background: Field; border: 1px solid GrayText; border-radius: 4px }
  body.graphiql-light #key { color-scheme: light }
  body.graphiql-dark #key { color-scheme: dark }
  #key { color-scheme: light dark }
`

/** Runs in the browser before GraphiQL does. Earlier versions of the page kept headers, with the key in them: they are removed. */
const script = `
(() => {
  localStorage.removeItem('graphiql:headers')
  localStorage.removeItem('graphiql:shouldPersistHeaders')
  try {
    const state = JSON.parse(localStorage.getItem('graphiql:tabState'))
    if (state) {
      for (const tab of state.tabs) { tab.headers = null; delete tab.hash }
      localStorage.setItem('graphiql:tabState', JSON.stringify(state))
    }
  } catch {
    localStorage.removeItem('graphiql:tabState')
  }
  let key = ''
  const send = window.fetch
  window.fetch = (input, init) => {
    const request = new Request(input, init)
    if (key && new URL(request.url).origin === location.origin) request.headers.set('authorization', 'Bearer ' + key)
    return send.call(window, request)
  }
  addEventListener('DOMContentLoaded', () => {
    const field = document.createElement('form')
    field.id = 'key'
    field.innerHTML = '<label for="key-input">API key or token</label><input id="key-input" type="password" autocomplete="off" spellcheck="false">'
    document.body.append(field)
    const input = field.querySelector('input')
    const take = () => {
      const given = input.value.trim().replace(/^Bearer +/i, '')
      if (given === key || /[^\\x21-\\x7e]/.test(given)) return
      key = given
      document.querySelector('button[aria-label^="Re-fetch GraphQL schema"]')?.click()
    }
    input.addEventListener('change', take)
    field.addEventListener('submit', (event) => { event.preventDefault(); take() })
  })
})()
`

export const keyField = `<style>${style}</style><script>${script}</script>`
