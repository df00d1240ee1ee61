/* Asking grayd. Every address is relative, so that the page works wherever a
 * proxy puts it. */

import { emit } from './bus.js';
import { keep, kept } from './words.js';

const TIMEOUT_MS = 15000;

let token = kept('token', true);

/* An answer that is no success: RFC 9457, as grayd has it; `away` and `late`
 * when there was none. */
class Problem extends Error {
  constructor(status, said, scope) {
    super(said.detail ?? '');
    Object.assign(this, { code: 'http', hint: '', place: '', line: 0, column: 0, errors: [] }, said,
      { status, scope });
  }
}

export function setToken(text) {
  token = text;
  keep('token', text, true);
}

/* #token=… is taken once, and does not stay in the address. */
export function takeToken() {
  const match = /[#&]token=([^&]+)/.exec(location.hash);
  if (match) {
    let text = match[1];
    try {
      text = decodeURIComponent(text);
    } catch {
      /* then it is as it stands */
    }
    setToken(text);
    history.replaceState(null, '', '#/');
  }
}

export const withToken = (headers = {}) =>
  (token ? { ...headers, Authorization: `Bearer ${token}` } : headers);

/* The scope that a change needs (docs/grayd.md). */
function scopeOf(method, place) {
  const [kind, name, rest] = place.split('?')[0].split('/').map(decodeURIComponent);
  return method === 'GET' || rest === 'explain' ? 'read' : kind === 'releases' ? `release:${name}`
    : kind === 'lists' && rest ? `list:${name}` : 'admin';
}

/* What grayd answered in its own words; anything else is a proxy's. */
export function problemOf(status, text, scope) {
  let found;
  try {
    found = new Problem(status, JSON.parse(text), scope);
  } catch {
    found = new Problem(status, { code: status > 501 ? 'away' : 'http', detail: `HTTP ${status}` }, scope);
  }
  if (status === 401) {
    emit('token');
  } else if (status === 403 && scope) {
    emit('scope', scope);
  }
  return found;
}

/* {data, etag}: the answer's JSON and its revision. */
async function ask(method, place, body, match) {
  const headers = withToken(body ? { 'Content-Type': 'application/json' } : {});
  if (match) {
    headers['If-Match'] = `"${match}"`;
  }
  let answer;
  let text;
  try {
    answer = await fetch(`v1/${place}`, { method, headers, cache: 'no-store',
      body: body && JSON.stringify(body), signal: AbortSignal.timeout(TIMEOUT_MS) });
    text = await answer.text();
  } catch (error) {
    throw new Problem(0, { code: error.name === 'TimeoutError' ? 'late' : 'away' });
  }
  if (!answer.ok) {
    throw problemOf(answer.status, text, scopeOf(method, place));
  }
  return { data: JSON.parse(text), etag: Number(answer.headers.get('ETag')?.replace(/\D/g, '')) };
}

const data = (method) => async (...rest) => (await ask(method, ...rest)).data;

export const read = (place) => ask('GET', place);
export const get = data('GET');
export const post = data('POST');
export const change = data('PATCH');
export const remove = data('DELETE');

/* The parts of an address, each escaped. */
export const path = (...parts) => parts.map(encodeURIComponent).join('/');

/* What is empty or false is left out. */
export const query = (values) =>
  `?${new URLSearchParams(Object.entries(values).filter(([, value]) => value))}`;
