// An OpenID provider, panva's oidc-provider, for the tests. The login LOGIN is the person with the address LOGIN@acme.example,
// or LOGIN if it is an address; "unverified" has an address that was not verified, "nameless" has none.
// Arguments: the port, the folder of web/node_modules, the client's redirect URIs and its pages after signing out, comma between them.
import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";

const [port, modules, redirects, afterwards] = process.argv.slice(2);
const { Provider } = createRequire(`${modules}/`)("oidc-provider");

// A new key with each start, as after a rotation.
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
const addressOf = (login) => (login.includes("@") ? login : `${login}@acme.example`);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "parley",
      client_secret: "a secret of the tests",
      redirect_uris: redirects.split(","),
      post_logout_redirect_uris: afterwards.split(","),
      response_types: ["code"],
      grant_types: ["authorization_code", "refresh_token"],
    },
  ],
  jwks: { keys: [{ ...key, kid: `key-${Date.now()}`, use: "sig", alg: "RS256" }] },
  cookies: { keys: ["only for tests"] },
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  // Without the scope offline_access too, as Keycloak does; each is used once, and ends with the session.
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  features: { devInteractions: { enabled: true }, revocation: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_context, login) => ({
    accountId: login,
    claims: () => ({ sub: login, ...(login !== "nameless" && { email: addressOf(login), email_verified: login !== "unverified" }) }),
  }),
});

// OpenID Connect demands that the page for signing out takes POST. The library's own option needs cookies that browsers refuse on plain http.
provider.use(async (context, next) => {
  if (context.path === "/session/end" && context.method === "POST") {
    let form = "";
    for await (const part of context.req) form += part;
    context.method = "GET";
    context.querystring = form;
  }
  await next();
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
