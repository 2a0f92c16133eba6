/** Signing in at the deployment's issuer: OpenID Connect's code flow with PKCE. Loaded only by who uses it. */

import * as oauth from "oauth4webapi";
import type { Issuer } from "./api/http";

const STARTED = "fanfold.sign-in";

interface Started {
  verifier: string;
  state: string;
  nonce: string;
}

/** Goes to the issuer, which comes back to this page with a code. */
export async function begin(at: Issuer): Promise<void> {
  const server = await described(at);
  if (!server.authorization_endpoint) throw new Error(`${at.issuer}: no authorization_endpoint`);
  const started = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() };
  sessionStorage.setItem(STARTED, JSON.stringify(started));
  const url = new URL(server.authorization_endpoint);
  const query = {
    response_type: "code",
    client_id: at.client_id,
    redirect_uri: here(),
    scope: "openid",
    state: started.state,
    nonce: started.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(started.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  location.assign(url);
}

/** The access token for the code that the address has. Throws for what was not begun in this tab, or is refused. */
export async function finish(at: Issuer, address: URL): Promise<string> {
  const started = JSON.parse(sessionStorage.getItem(STARTED) ?? "null") as Started | null;
  sessionStorage.removeItem(STARTED);
  if (!started) throw new Error("this sign-in was not begun in this tab");
  const [server, client] = [await described(at), { client_id: at.client_id }];
  const code = oauth.validateAuthResponse(server, client, address, started.state);
  const reply = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), code, here(), started.verifier, insecure(at));
  const found = await oauth.processAuthorizationCodeResponse(server, client, reply, { expectedNonce: started.nonce, requireIdToken: true });
  return found.access_token;
}

async function described(at: Issuer): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(at.issuer);
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure(at)));
}

/** Where the issuer comes back to: this page without what follows `?` and `#`. */
function here(): string {
  return location.origin + location.pathname;
}

/** Only a page that itself came without TLS, from this machine, may ask an issuer that has none. */
function insecure(at: Issuer): { [oauth.allowInsecureRequests]?: boolean } {
  return location.protocol === "http:" && new URL(at.issuer).protocol === "http:" ? { [oauth.allowInsecureRequests]: true } : {};
}
