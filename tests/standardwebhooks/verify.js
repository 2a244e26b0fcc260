// Asks the receiver's own library whether a webhook is genuine.
const { readFileSync } = require("node:fs");
const { Webhook, WebhookVerificationError } = require("standardwebhooks");

const given = JSON.parse(readFileSync(0, "utf8"));
try {
  new Webhook(given.secret).verify(given.body, given.headers);
} catch (error) {
  if (!(error instanceof WebhookVerificationError)) throw error;
  process.exitCode = 1;
}
