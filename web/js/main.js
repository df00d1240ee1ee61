/* The beginning: what follows the # of the address is the page. */

import { takeToken } from './api.js';
import { on } from './bus.js';
import { fill, h } from './dom.js';
import { guardAll } from './guard.js';
import { start } from './live.js';
import { drawShell, main } from './shell.js';
import { t } from './words.js';
import audit from '../pages/audit.js';
import links from '../pages/links.js';
import list from '../pages/list.js';
import lists from '../pages/lists.js';
import overview from '../pages/overview.js';
import release from '../pages/release.js';

/* A change is often one of several; they are read together. */
const SETTLE_MS = 60;

/* A page is a function of (name, options) that gives {title, node} and, as it
 * likes, load() to read its data, stats(figures), draw() after some of them, and
 * close(). */
const PAGES = { '': overview, releases: overview, 'releases/': release, lists, 'lists/': list, links, audit };

const nowhere = () => ({ title: t('nowhere'), node: h('p', h('a', { href: '#/' }, t('nowhere.back'))) });

let page = null;
let settling = null;
let drawing = 0;

function show(focus) {
  const [, first, rest, options] = /^#?\/?([^/?]*)\/?([^?]*)\??(.*)/.exec(location.hash);
  let name = rest;
  try {
    name = decodeURIComponent(rest);
  } catch {
    /* then it is as it stands */
  }
  page?.close?.();
  page = (PAGES[first + (name && '/')] ?? nowhere)(name, new URLSearchParams(options));
  const heading = h('h1', { tabindex: -1 }, page.heading ?? page.title);
  document.title = `${page.title} · nginx-gray`;
  drawShell(first);
  fill(main, heading, page.node);
  if (focus) {
    heading.focus();
    scrollTo(0, 0);
  }
  page.load?.();
  guardAll();
}

function reload() {
  clearTimeout(settling);
  settling = setTimeout(() => page.load?.(), SETTLE_MS);
}

takeToken();
/* After a pause a thousand may come at once; they are drawn once. */
on('stats', (figures) => {
  page.stats?.(figures);
  cancelAnimationFrame(drawing);
  drawing = requestAnimationFrame(() => page.draw?.());
});
on('change', reload);
on('reset', reload);
/* what happened while nobody listened may not all come again */
on('state', ({ state, before }) => state === 'fresh' && before === 'away' && reload());
on('language', () => show(false));
addEventListener('hashchange', () => {
  takeToken();
  show(true);
});
show(false);
start();
