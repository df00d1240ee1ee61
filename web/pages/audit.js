/* Who changed what: a page of records, each with what it changed. */

import { get, query } from '../js/api.js';
import { reading } from '../js/act.js';
import { diffNode } from '../js/diff.js';
import { choice, each, field, h, link, offer, panel, patch, region, row, said, table, user } from '../js/dom.js';
import { button } from '../js/guard.js';
import { t, when } from '../js/words.js';

const PAGE = 25;

/* The difference is made when somebody looks. */
function details({ summary, before, after }) {
  if (!summary && !before && !after) {
    return '—';
  }
  const place = h('div');
  return h('details', { ontoggle: () => place.firstChild ?? place.append(diffNode(before, after)) },
    h('summary', said(summary || t('audit.details'))), place);
}

const makeRow = (record) => row(null, h('td.time', when(record.time)),
  [user(record.user ?? record.uid), h('span.hint', ' ', user(record.via))], said(record.verb),
  [record.release ? link('releases', record.release) : '', record.rule ? [' / ', user(record.rule)] : '',
    record.list ? link('lists', record.list) : ''], details(record));

/* `filter` is {release} or {list}, or {} for all. */
export function makeAudit(filter) {
  const rows = h('tbody');
  const trouble = region();
  const more = button(t('older'), { hidden: true, onclick: () => turnPage(next) });
  let records = [];
  let next = null;

  /* Of the first page what is new goes on top; pages that were turned stay. */
  const turnPage = (before) => reading(trouble, async () => {
    const page = await get(`audit${query({ ...filter, limit: PAGE, before })}`);
    const last = page.records.at(-1)?.sequence ?? 0;
    const others = records.filter((one) => (before ? true : one.sequence < last && page.next));
    next = !before && others.length ? next : page.next;
    records = before ? [...others, ...page.records] : [...page.records, ...others];
    each(rows, records, (one) => one.sequence, makeRow);
    more.hidden = next === null;
  });

  return { load: () => turnPage(), node: panel('audit', trouble,
    table(t('audit'), ['time', 'who', 'verb', 'target', 'changed'], rows), more) };
}

export default function audit(name, options) {
  const filter = Object.fromEntries(options);
  const chosen = String(options);
  const { node, load } = makeAudit(filter);
  const what = choice([['', t('audit.all')]], { onchange: () => {
    location.hash = `#/audit?${what.value}`;
  } });

  async function offerNames() {
    const [{ releases }, { lists }] = await Promise.all([get('releases'), get('lists')]);
    const pairs = (kind, all) => all.map((one) => [String(new URLSearchParams({ [kind]: one.name })),
      t(`audit.${kind}`, one)]);
    const all = [['', t('audit.all')], ...pairs('release', releases), ...pairs('list', lists)];
    /* a name that is gone stays as long as it is the choice */
    offer(what, all.some(([value]) => value === chosen) ? all : [...all, [chosen, chosen]]);
    patch(what, { value: chosen });
  }

  return { title: t('audit'), node: [h('div.fields', field('audit.of', what)), node], load() {
    offerNames().catch(() => null);
    load();
  } };
}
