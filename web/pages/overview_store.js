/* The store and what runs: its health, and what is remarkable. */

import { each, h, panel, said, user, w, write } from '../js/dom.js';
import { bytes, number, t } from '../js/words.js';

const LATE_MS = 5000;

function workersText({ nginx }) {
  const workers = nginx.flatMap((one) => one.workers).filter((one) => !one.exiting);
  const well = workers.filter((one) => !one.store_error && one.heartbeat_age_ms < LATE_MS).length;
  return t(workers.length ? 'store.workers.well' : 'store.workers.none', { well, n: workers.length });
}

const FACTS = {
  revision: ({ store }) => number(store?.revision),
  size: ({ store }) => (!store ? '—'
    : t('store.size.of', { used: bytes(store.used_bytes), file: bytes(store.file_bytes) })),
  workers: workersText,
  nginx: ({ nginx }) => [...new Set(nginx.map((one) => `${one.nginx}, ${one.module}`))].join('; ') || '—',
  lists: ({ lists }) => number(lists.length),
  audits: ({ store }) => number(store?.audits),
  digest: ({ store }) => store?.digest.slice(0, 16) ?? '—',
};

/* What stands in the way first, then grayd's own remarks. */
const remarksOf = (status) => [
  status.store_error ?? [],
  status.counters ? [] : { message: t('store.counters') },
  Object.entries(status.live_counts).filter(([, one]) => one.open_breakers).map(([place, one]) =>
    ({ place, message: t('store.breaker', { n: one.open_breakers }) })),
  status.remarks,
].flat();

const makeRemark = (one) => h('div.remark', one.place ? h('strong', user(one.place), ': ') : '',
  said(one.message), one.hint ? h('div.hint', said(one.hint)) : '');

export function makeStore() {
  const values = Object.keys(FACTS).map(() => h('dd', '—'));
  const remarks = h('div');
  const none = h('p.hint');
  return {
    node: panel('store', h('dl.facts.figure', Object.keys(FACTS).map((name, i) =>
      h('div', w('dt', `store.${name}`), values[i]))), w('h3', 'store.remarks'), remarks, none),
    update(status) {
      Object.values(FACTS).forEach((fact, i) => write(values[i], fact(status)));
      const all = remarksOf(status);
      each(remarks, all, (one) => `${one.place} ${one.message}`, makeRemark);
      write(none, all.length ? '' : t('store.well'));
    },
  };
}
