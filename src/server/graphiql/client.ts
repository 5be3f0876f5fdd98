// Browser code and styles around GraphiQL.

/** Runs before GraphiQL. Earlier versions of the page stored headers, including the key: they are removed. */
export const before = `
const settings = JSON.parse(document.getElementById('settings').textContent)
self.MonacoEnvironment = { globalAPI: true, getWorkerUrl: (module, label) => settings.workers[label] }
if (settings.authenticated) {
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
}
`

/** Renders GraphiQL, with word wrap: its query editor would cut off long lines. */
export const after = `
monaco.editor.onDidCreateEditor((editor) => editor.updateOptions({ wordWrap: 'on' }))
YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), settings.options)
`

/**
 * Applied after GraphiQL's own styles. With several tabs, GraphiQL 5 moves a tab while it is being clicked, so that the click is
 * lost. On a narrow screen, it leaves no room for the response next to the query.
 */
export const style = `
.graphiql-tab { transform: none !important }
.graphiql-logo a { color: inherit; font-size: 15px; white-space: nowrap }
#key { position: fixed; right: 12px; bottom: 12px; z-index: 5; display: flex; gap: 8px; align-items: center; padding: 6px 10px;
  border-radius: 8px; font: 14px system-ui, sans-serif; color: CanvasText; background: Canvas; border: 1px solid GrayText;
  color-scheme: light dark }
#key input { width: 220px; min-width: 0; padding: 4px 6px; font: inherit; color: inherit; background: Field; border: 1px solid GrayText;
  border-radius: 4px }
body.graphiql-light #key { color-scheme: light }
body.graphiql-dark #key { color-scheme: dark }
@media (max-width: 700px) {
  .graphiql-sidebar { padding: 8px 2px !important; width: 44px !important }
  .graphiql-main, #graphiql-session { flex-direction: column !important }
  .graphiql-main > .graphiql-horizontal-drag-bar, #graphiql-session > .graphiql-horizontal-drag-bar { display: none }
  .graphiql-session-header { flex-wrap: wrap; height: auto !important }
  .graphiql-logo { order: -1; width: 100% }
  .graphiql-tabs { flex: 1 1 0 }
  .graphiql-editors, .graphiql-query-editor, .graphiql-query-editor > * { min-height: 0 }
  .graphiql-query-editor { flex-direction: column-reverse; row-gap: 8px }
  .graphiql-toolbar { flex: none; flex-direction: row !important; width: auto !important }
  #key { left: 52px; right: 12px }
  #key input { flex: 1 }
}
`
