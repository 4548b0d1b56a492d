import type { ProofMaker } from './options.ts';

/**
 * Proofs of possession (RFC 9449) by a key of this page, ECDSA on P-256. It cannot be exported, so a script that was
 * injected can use it while the page is open, and take it nowhere.
 */
export async function createProofMaker(): Promise<ProofMaker> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
  const header = encodeJson({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } });
  return {
    prove: async (method, url, nowMs, token) => {
      const { origin, pathname } = new URL(url);
      const payload = encodeJson({
        jti: crypto.randomUUID(),
        htm: method,
        // §4.2: without query and fragment.
        htu: origin + pathname,
        iat: Math.floor(nowMs / 1000),
        ...(token !== undefined && { ath: encode(await crypto.subtle.digest('SHA-256', bytesOf(token))) }),
      });
      const input = `${header}.${payload}`;
      const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, bytesOf(input));
      return `${input}.${encode(signature)}`;
    },
  };
}

function encodeJson(value: object): string {
  return encode(bytesOf(JSON.stringify(value)));
}

function encode(bytes: ArrayBuffer | Uint8Array): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
