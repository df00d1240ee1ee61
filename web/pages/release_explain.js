/* Which variant somebody gets, and the path of the decision. */

import { post } from '../js/api.js';
import { act } from '../js/act.js';
import { choice, each, field, form, h, input, panel, region, row, said, table, user, visible, w } from '../js/dom.js';
import { button } from '../js/guard.js';
import { t, tx, when, words } from '../js/words.js';

const percentOf = (bucket) => `${bucket / 1000}%`;

/* Where the bucket lies among all, and the range around it. */
const bucketNode = ({ attribute, bucket, variant, range: [first, end] }) => h('div',
  h('p', tx('explain.bucket', { attribute: user(attribute), bucket, first, end: end - 1, variant: user(variant) })),
  h('div.buckets', { 'aria-hidden': 'true' },
    h('span', { style: { left: percentOf(first), width: percentOf(end - first) } }),
    h('span.here', { style: { left: percentOf(bucket) } })));

const stepRow = ({ step, rule, test, truth, why }) => row(null,
  step === 'test' ? '' : h('b', user(rule ?? t('explain.split'))), h('code', user(test)),
  truth ? w(`b.${truth}`, `truth.${truth}`) : '', said(why));

const names = (key, list) => (list.length ? w('p.hint', key, { names: list.map(visible).join(', ') }) : '');

function answerNode(answer) {
  const kind = `reason.${answer.reason.split(':')[0]}`;
  return [
    h('p.moving', tx('explain.gets', { variant: h('strong', user(answer.variant)),
      reason: h('code', user(answer.reason)) }), words.has(kind) ? ` – ${t(kind)}` : ''),
    answer.off ? w('p.note.wait', 'explain.off') : '',
    answer.range ? bucketNode(answer) : '',
    answer.trace.length ? table(t('explain.path'), ['explain.rule', 'explain.test', 'explain.is', 'explain.why'],
      h('tbody', answer.trace.map(stepRow))) : '',
    names('explain.missing', answer.missing), names('explain.unused', answer.unused),
    names('explain.unasked', answer.unasked),
    w('p.hint', 'explain.at', { time: when(answer.now), n: answer.revision }),
  ];
}

export function makeExplain(shop) {
  const result = region();
  const attributes = h('div.fields');
  const free = h('div');
  const lives = h('div.fields');
  const at = input({ type: 'datetime-local', step: 1 });
  let asked = '';

  function addFree() {
    const name = input();
    free.append(h('div.fields', field('attribute', name), field('value', input())));
    name.focus();
  }

  /* Of each child its name and value. */
  const given = (place, name, value) => [...place.children].map((one) => [name(one), value(one)])
    .filter(([key, text]) => key && text);
  const valueOf = (one) => one.querySelector('input, select').value;

  const body = () => ({
    attributes: Object.fromEntries([...given(attributes, (one) => one.itemKey, valueOf),
      ...given(free, valueOf, (one) => valueOf(one.lastChild))]),
    live: Object.fromEntries(given(lives, (one) => one.itemKey, valueOf)),
    ...at.value ? { at: new Date(at.value).toISOString().replace(/\.\d+/, '') } : {},
  });

  /* Asked about nothing, the release names all that it reads. */
  async function update() {
    const key = JSON.stringify(shop.document);
    if (key !== asked) {
      asked = key;
      const { missing } = await post(shop.place('explain'), {}).catch(() => ({ missing: [] }));
      each(attributes, missing, (name) => name, (name) => field(visible(name), input()));
    }
  }

  /* Live lists cannot be asked from here: what would they say? */
  function status() {
    const live = shop.status.lists.filter((one) => one.kind === 'live' && shop.line.lists.includes(one.name));
    each(lives, live, (one) => one.name, (one) => field('explain.live',
      choice(['unknown', 'yes', 'no'].map((word) => [word, t(`truth.${word}`)])), '', one));
  }

  return { update, status, node: panel('explain', w('p.hint', 'explain.what'),
    form(() => act(result, () => post(shop.place('explain'), body()), { done: answerNode }), attributes, free, lives,
      h('div.fields', field('explain.when', at)), h('div.buttons', button(t('explain.ask'), { kind: 'primary' }),
        button(t('explain.add'), { onclick: addFree }))), result) };
}
