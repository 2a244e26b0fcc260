// Checks a webhook's v1a signatures with Node's own Ed25519.
const { createPublicKey, verify } = require("node:crypto");
const { readFileSync } = require("node:fs");

const given = JSON.parse(readFileSync(0, "utf8"));
const raw = Buffer.from(given.secret.replace(/^whpk_/, ""), "base64");
const jwk = { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") };
const key = createPublicKey({ key: jwk, format: "jwk" });
const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": all } = given.headers;
const signed = Buffer.from(`${id}.${at}.${given.body}`);
const entries = all.split(" ").filter((entry) => entry.startsWith("v1a,"));
const believed = entries.some((entry) => verify(null, signed, key, Buffer.from(entry.slice(4), "base64")));
process.exitCode = believed ? 0 : 1;
