/* The event stream: changes and each second's figures. It comes by fetch, as
 * EventSource cannot send a token. Told on the bus:
 *
 *   stats, change   what grayd sent
 *   reset           something was missed: read everything again
 *   state           connecting; fresh: grayd was heard within 3 s; stale: it is
 *                   silent; away: there is no connection */

import { problemOf, withToken } from './api.js';
import { emit } from './bus.js';

const SILENT_MS = 3000;
const GIVE_UP_MS = 10000;
const HIDDEN_MS = 30000;
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000];

/* When grayd was heard, and of when the last figures are. */
export const live = { state: 'connecting', heard: 0, figures: null };

let lastId = '';
let tries = 0;
let connection = null;
let waiting = null;
let hiding = null;
let opened = 0;

/* Whether what is shown is what is so. */
export const fresh = () => live.state === 'fresh';

function becomes(state) {
  if (live.state !== state) {
    const before = live.state;
    live.state = state;
    emit('state', { state, before });
  }
}

function dispatch({ id, event, data }) {
  lastId = id ?? lastId;
  if (event) {
    const told = JSON.parse(data);
    live.figures = event === 'stats' ? told.time : live.figures;
    emit(event, told);
  }
}

/* Takes pieces of text; an empty line ends an event. */
function parser() {
  let rest = '';
  let event = {};
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const colon = line.indexOf(': ');
      if (line === '') {
        dispatch(event);
        event = {};
      } else if (colon > 0) {
        event[line.slice(0, colon)] = line.slice(colon + 2);
      }
    }
  };
}

async function listen(signal) {
  const answer = await fetch('v1/events', { signal, cache: 'no-store',
    headers: withToken(lastId ? { 'Last-Event-ID': lastId } : {}) });
  if (!answer.ok) {
    throw problemOf(answer.status, await answer.text(), 'read');
  }
  const stream = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const take = parser();
  for (;;) {
    const { value, done } = await stream.read();
    if (done) {
      return;
    }
    live.heard = Date.now();
    tries = 0;
    becomes('fresh');
    take(value);
  }
}

async function connect() {
  clearTimeout(waiting);
  connection?.abort();
  const mine = new AbortController();
  connection = mine;
  opened = Date.now();
  const problem = await listen(mine.signal).catch((error) => error);
  if (mine === connection) {
    connection = null;
    becomes('away');
    if (problem?.status !== 401) {
      /* a little at random, so that not all pages come at once */
      const wait = BACKOFF_MS[Math.min(tries++, BACKOFF_MS.length - 1)];
      waiting = setTimeout(connect, wait * (0.75 + Math.random() / 2));
    }
  }
}

/* A page that nobody sees needs no stream; a browser has six connections to a
 * server, for all its tabs. What is missed comes after, by Last-Event-ID. */
function pause() {
  clearTimeout(waiting);
  connection?.abort();
  connection = null;
  becomes('connecting');
}

function show() {
  clearTimeout(hiding);
  if (document.hidden) {
    hiding = setTimeout(pause, HIDDEN_MS);
  } else if (!connection) {
    listenNow();
  } else {
    watch();
  }
}

/* Nothing tells a page that the other side is silent but the clock. */
function watch() {
  const silent = Date.now() - Math.max(live.heard, opened);
  if (connection && silent > SILENT_MS) {
    becomes(live.heard ? 'stale' : 'away');
  }
  if (connection && silent > GIVE_UP_MS) {
    connect();
  }
}

/* Begins, or begins again with another token. */
export function listenNow() {
  tries = 0;
  connect();
}

export function start() {
  setInterval(watch, 500);
  document.addEventListener('visibilitychange', show);
  addEventListener('pagehide', pause);
  addEventListener('pageshow', (event) => event.persisted && show());
  connect();
}
