/* The rules in their order, and what can be done with them. */

import { change, post, remove } from '../js/api.js';
import { act, askText, confirm, unitOf } from '../js/act.js';
import { choice, each, field, form, h, input, offer, panel, region, row, said, table, user, visible, w,
  write } from '../js/dom.js';
import { apply, button } from '../js/guard.js';
import { number, rate, t } from '../js/words.js';

const PART = '*'; /* no name of a variant */

export const listOf = (text) => text.split(/[\s,]+/).filter(Boolean);

/* The words of a dry run. */
export const wouldChange = ({ changes }) => [t('dry.would'),
  changes.length ? h('ul', changes.map((one) => said(one, 'li'))) : t('dry.nothing')];

/* Puts the caret where the condition is wrong. */
function pointTo(area, { line, column }) {
  const lines = area.value.split('\n').slice(0, line);
  const last = lines.pop() ?? '';
  const start = lines.join('\n').length + (lines.length ? 1 : 0) + unitOf(last, column);
  area.setAttribute('aria-invalid', 'true');
  area.focus();
  area.setSelectionRange(start, start + /^\w*/.exec(area.value.slice(start))[0].length);
}

function makeForm(shop) {
  const result = region();
  const name = input({ required: true });
  const area = h('textarea.code', { rows: 2, required: true, spellcheck: 'false',
    oninput: () => area.removeAttribute('aria-invalid') });
  const gives = choice([], { onchange: drawPart });
  const where = choice([]);
  const by = input();
  const parts = h('div.fields');
  const part = h('div', { hidden: true }, parts, field('weights.by', by, 'rule.by.hint'));
  const add = button(t('rule.add'), { kind: 'primary', scope: shop.scope });
  const tried = button(t('dry.try'), { scope: shop.scope, onclick: () => made.reportValidity() && send(true) });
  const made = form(() => send(false),
    h('div.fields', field('name', name), field('gives', gives), field('place', where)), part,
    field('condition', area, 'condition.hint'), h('div.buttons', add, tried));

  function drawPart() {
    part.hidden = gives.value !== PART;
  }

  function body() {
    const names = listOf(by.value);
    return { name: name.value.trim(), if: area.value,
      ...gives.value === PART ? { split: Object.fromEntries([...parts.children].map((one) =>
        [one.itemKey, Number(one.querySelector('input').value)])), ...names.length ? { by: names } : {} }
        : { variant: gives.value },
      ...where.value[0] === ':' ? { before: where.value.slice(1) } : { [where.value]: true } };
  }

  function send(trying) {
    act(result, () => post(`${shop.place('rules')}${trying ? '?dry_run=true' : ''}`, body(), shop.revision), {
      pressed: trying ? tried : add, text: area.value, about: shop.about,
      done: (answer) => (trying ? wouldChange(answer) : t('rule.added')),
      failed: (problem) => problem.code === 'syntax' && pointTo(area, problem),
      after: (answer) => {
        if (answer && !trying) {
          made.reset();
          drawPart();
        }
        return trying || shop.load();
      },
    });
  }

  return { node: h('details', w('summary', 'rule.add'), made, result), update() {
    const { variants } = shop.line;
    const others = variants.filter((one) => one.name !== shop.line.default);
    offer(gives, [...others, ...variants.filter((one) => !others.includes(one))]
      .map((one) => [one.name, one.name]).concat([[PART, t('rule.part')]]));
    offer(where, [['last', t('place.last')], ['first', t('place.first')],
      ...shop.rules.map((rule) => [`:${rule.name}`, t('place.before', rule)])]);
    each(parts, others, (one) => one.name, (one) => field('percent.of',
      input({ type: 'number', min: 0, max: 100, step: 0.001, value: '0' }), '', one));
  } };
}

/* "121 (0.6/s)": what each rule decided so far, and per second since it was
 * asked before. A function of the rule. */
function makeHits() {
  const before = new Map();
  const rates = new Map();
  return ({ name, hits }) => {
    const last = before.get(name);
    const now = Date.now();
    if (!Number.isFinite(hits)) {
      return '—';
    }
    if (!last || last.hits > hits || now - last.at > 1000) {
      const seconds = (now - last?.at) / 1000;
      rates.set(name, last && last.hits <= hits ? (hits - last.hits) / seconds : null);
      before.set(name, { hits, at: now });
    }
    return rates.get(name) === null ? number(hits)
      : t('decided.count', { count: number(hits), rate: rate(rates.get(name)) });
  };
}

export function makeRules(shop) {
  const hitsOf = makeHits();
  const result = region();
  const rows = h('tbody');
  const fallback = h('p');
  const list = table(t('rules'), ['n:n', 'name', 'condition', 'gives', 'hits:n', 'actions'], rows);
  const made = makeForm(shop);
  const { scope } = shop;
  const place = (rule) => shop.place('rules', rule);
  const names = () => shop.rules.map((rule) => rule.name);

  const run = (pressed, action) => act(result, action, { pressed, about: shop.about, after: shop.load });

  /* Before the one above, or before the one after the next. */
  function move(pressed, name, step) {
    const before = names()[names().indexOf(name) + step];
    run(pressed, () => change(place(name), before ? { before } : { last: true }, shop.revision));
  }

  async function rename(pressed, name) {
    const { revision } = shop;
    const now = await askText({ title: t('rule.rename.title', { name }), label: 'rule.rename.to', value: name,
      yes: t('rename'), scope });
    if (now && now !== name) {
      run(pressed, () => change(place(name), { name: now }, revision));
    }
  }

  async function drop(pressed, name) {
    const { revision } = shop;
    if (await confirm({ title: t('rule.remove.title', { name }), body: w('p', 'rule.remove.what'), yes: t('remove'),
      danger: true, scope })) {
      run(pressed, () => remove(place(name), undefined, revision));
    }
  }

  /* `end` says where a rule cannot be moved on. */
  function control(word, sign, { name }, action, end) {
    const pressed = button(sign, { kind: 'small', scope, 'aria-label': t(`rule.${word}`, { name }),
      onclick: () => action(pressed, name), off: () => end && names().at(end.at) === name && t(end.why) });
    return pressed;
  }

  const makeRow = (rule) => row(null, h('td.n'), user(rule.name), h('code', user(rule.if)), '', h('td.n'),
    h('td.actions',
    control('up', '↑', rule, (b, name) => move(b, name, -1), { at: 0, why: 'rule.first' }),
    control('down', '↓', rule, (b, name) => move(b, name, 2), { at: -1, why: 'rule.last' }),
    control('rename', t('rename'), rule, rename), control('remove', t('remove'), rule, drop)));

  function draw({ cells: [order, , , outcome, hits, actions] }, rule, i) {
    write(order, number(i + 1));
    write(outcome, visible(rule.outcome));
    write(hits, hitsOf(rule));
    [...actions.children].forEach(apply);
  }

  return { node: panel('rules', w('p.hint', 'rules.what'), list, fallback, result, made.node), status() {
    [...rows.children].forEach((node, i) => write(node.cells[4], hitsOf(shop.rules[i])));
  }, update() {
    list.hidden = shop.rules.length === 0;
    each(rows, shop.rules, (rule) => `${rule.name} ${rule.if}`, makeRow, draw);
    write(fallback, t(list.hidden ? 'rules.none' : 'rules.fallback', { outcome: visible(shop.fallback) }));
    made.update();
  } };
}
