/** The response to each example of each tab from a fresh sandbox. */
export const answers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Welcome: { Welcome: '"complete": true' },
  Providers: { Providers: '"displayName": "Baanx"', AccountStatus: '"complete": true' },
  Create: { Create: '"__typename": "CreateWebhookSuccess"' },
  Update: {
    Update: '"__typename": "UpdateWebhookSuccess"',
    PreviewUpdate: '"__typename": "MutationPreview"',
    Delete: '"__typename": "DeleteWebhookSuccess"',
  },
  Deliveries: {
    Deliveries: '"state": "FAILED"',
    Redeliver: '"webhookCount": 1',
    SendTestEvent: '"accepted": true',
    Verify: '"__typename": "VerifyWebhookSuccess"',
  },
  RotateSecret: {
    RotateSecret: '"__typename": "RotateWebhookSecretSuccess"',
    PlanRotation: '"strategy": "REPLACEMENT"',
  },
}
