/** Signing in at the deployment's issuer: OpenID Connect's code flow with PKCE. Loaded only by who uses it. */

import * as oauth from "oauth4webapi";
import type { Issuer } from "./api/http";
import type { Renew, Token } from "./session";

const STARTED = "fanfold.sign-in";
const OFFLINE = "offline_access";

export interface SignedIn {
  token: Token;
  /** Null where the issuer gives no refresh token. */
  renew: Renew | null;
  /** Where one was before. */
  place: string;
}

interface Started {
  /** Where one was, to be there again. */
  place: string;
  verifier: string;
  state: string;
  nonce: string;
}

/** Goes to the issuer, which comes back to this page with a code. */
export async function begin(at: Issuer): Promise<void> {
  const server = await described(at);
  if (!server.authorization_endpoint) throw new Error(`${at.issuer}: no authorization_endpoint`);
  const started: Started = { place: location.hash, verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() };
  sessionStorage.setItem(STARTED, JSON.stringify(started));
  const url = new URL(server.authorization_endpoint);
  const query = {
    response_type: "code",
    client_id: at.client_id,
    redirect_uri: here(),
    scope: server.scopes_supported?.includes(OFFLINE) ? `openid ${OFFLINE}` : "openid",
    state: started.state,
    nonce: started.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(started.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  location.assign(url);
}

/** The token for the code that the address has. Throws for what was not begun in this tab, or is refused. */
export async function finish(at: Issuer, address: URL): Promise<SignedIn> {
  const started = JSON.parse(sessionStorage.getItem(STARTED) ?? "null") as Started | null;
  sessionStorage.removeItem(STARTED);
  if (!started) throw new Error("this sign-in was not begun in this tab");
  const [server, client] = [await described(at), { client_id: at.client_id }];
  const code = oauth.validateAuthResponse(server, client, address, started.state);
  const reply = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), code, here(), started.verifier, insecure(at));
  const found = await oauth.processAuthorizationCodeResponse(server, client, reply, { expectedNonce: started.nonce, requireIdToken: true });
  return { token: token(found), renew: found.refresh_token ? renewal(at, server, found.refresh_token) : null, place: started.place };
}

function token(found: oauth.TokenEndpointResponse): Token {
  return { text: found.access_token, seconds: found.expires_in };
}

/** Gets the next token for the last one's refresh token, which an issuer may replace each time. */
function renewal(at: Issuer, server: oauth.AuthorizationServer, first: string): Renew {
  let refresh = first;
  return async () => {
    const client = { client_id: at.client_id };
    try {
      const reply = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh, insecure(at));
      const found = await oauth.processRefreshTokenResponse(server, client, reply);
      refresh = found.refresh_token ?? refresh;
      return token(found);
    } catch (error) {
      if (error instanceof oauth.ResponseBodyError) return null;
      throw error;
    }
  };
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
