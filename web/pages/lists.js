/* All lists. */

import { get, path, post } from '../js/api.js';
import { act, reading } from '../js/act.js';
import { choice, each, field, fill, form, h, input, link, links, panel, region, row, table, w,
  write } from '../js/dom.js';
import { button } from '../js/guard.js';
import { number, t, when } from '../js/words.js';

const makeRow = (list) => row(link('lists', list.name), t(`kind.${list.kind}`), h('td.n'), '', '');

function draw({ cells: [, , count, users, changed] }, list) {
  write(count, number(list.count));
  write(changed, when(list.changed));
  fill(users, links('releases', list.used_by, 'list.unused'));
}

function makeCreate(load) {
  const result = region();
  const name = input({ required: true, maxlength: 63 });
  const kind = choice(['string', 'ip', 'live'].map((one) => [one, t(`kind.${one}.what`)]));
  const pressed = button(t('create.list'), { kind: 'primary', scope: 'admin' });
  return panel('create.list', form(() => {
    const made = name.value.trim();
    act(result, () => post(path('lists', made), { kind: kind.value }), { pressed, after: load,
      done: () => [t('create.done'), ' ', link('lists', made)] });
  }, h('div.fields', field('name', name), field('kind', kind), pressed)), result);
}

export default function lists() {
  const rows = h('tbody');
  const none = w('p', 'lists.none');
  const trouble = region();
  const all = table(t('nav.lists'), ['name', 'kind', 'members:n', 'used.by', 'changed.at'], rows);
  const load = () => reading(trouble, async () => {
    const answer = await get('lists');
    all.hidden = answer.lists.length === 0;
    none.hidden = !all.hidden;
    each(rows, answer.lists, (list) => `${list.name}/${list.kind}`, makeRow, draw);
  });
  return { title: t('nav.lists'), load,
    node: [trouble, h('div.panel.figure', none, all), makeCreate(load)] };
}
