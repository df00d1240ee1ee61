/* Weights: a slider and a number for each variant; the default has the rest. */

import { change } from '../js/api.js';
import { act, confirm, tell } from '../js/act.js';
import { choice, each, field, form, h, input, newId, offer, panel, patch, region, user, w, write } from '../js/dom.js';
import { apply, button } from '../js/guard.js';
import { percent, rate, t, tx } from '../js/words.js';
import { listOf, wouldChange } from './release_rules.js';

/* Three decimals are the most. */
const clean = (value) => Math.round(Math.min(100, Math.max(0, Number(value) || 0)) * 1000) / 1000;

/* Who moves: percent, and about how many requests per second that are. */
function movesNode(shop, answer) {
  const all = shop.rate();
  const about = (part) => (all === null ? t('weights.unknown')
    : t('weights.moving', { rate: rate(all * part / 100), all: rate(all) }));
  const total = answer.moves.reduce((sum, move) => sum + move.percent, 0);
  return [
    h('p.moving', w('strong', 'weights.total', { percent: percent(total, 3) }), ' ', about(total)),
    answer.moves.length < 2 ? '' : h('ul', answer.moves.map((move) => h('li', tx('weights.move', {
      from: user(move.from), to: user(move.to), percent: percent(move.percent, 3) }), ' ', about(move.percent)))),
    shop.rules.length ? w('p.hint', 'weights.rules') : '',
    answer.divided_anew ? w('p.note.wait', 'weights.anew') : '',
    h('div.hint', wouldChange(answer)),
  ];
}

export function makeWeights(shop) {
  let edited = null; /* {variant: percent}, while it differs */
  const result = region();
  const rows = h('div');
  const rest = h('p');
  const rule = choice([], { onchange: forget });
  const of = field('weights.of', rule);
  const by = input();
  const pressed = button(t('weights.change'), { kind: 'primary', scope: shop.scope, off: why });
  const undo = button(t('weights.undo'), { onclick: forget });

  const ruleOf = () => (rule.value && shop.rules.find((one) => one.name === rule.value)) || null;

  /* {variant: percent} of the release's own split, or of a rule's. */
  const now = () => ruleOf()?.split ?? Object.fromEntries(shop.line.variants
    .filter((one) => one.name !== shop.line.default).map((one) => [one.name, one.percent]));
  const wanted = () => ({ ...now(), ...edited });
  const differing = () => Object.entries(edited ?? {}).filter(([name, value]) => now()[name] !== value);
  const left = () => Object.values(wanted()).reduce((sum, one) => sum - one, 100);

  function why() {
    return !shop.line ? t('guard.loading') : left() < -0.0001 ? t('weights.over') : '';
  }

  function forget() {
    edited = null;
    draw();
  }

  function makeRow([name]) {
    const label = newId();
    const control = (attributes) => h('input', { min: 0, max: 100, 'aria-labelledby': label, ...attributes,
      oninput: ({ target }) => {
        edited = { ...edited, [name]: clean(target.value) };
        drawValues(target);
      } });
    return h('div.slider', h('strong', { id: label }, user(name)), control({ type: 'range', step: 0.5 }),
      h('span', control({ type: 'number', step: 0.001 }), ' %'), h('span.hint'));
  }

  /* The control in use keeps what is typed. */
  function drawValues(using) {
    each(rows, Object.entries(wanted()), ([name]) => name, makeRow, (node, [name, value]) => {
      node.querySelectorAll('input').forEach((one) => one === using || Number(one.value) === value
        || patch(one, { value: String(value) }));
      write(node.lastChild, now()[name] === value ? '' : t('weights.now', { percent: percent(now()[name], 3) }));
    });
    write(rest, t('weights.rest', { name: shop.line.default, percent: percent(left(), 3) }));
    patch(rest, { class: left() < -0.0001 ? 'worse' : null });
    undo.hidden = !edited;
    apply(pressed);
  }

  function draw() {
    const splits = shop.rules.filter((one) => one.split);
    offer(rule, [['', t('weights.own')], ...splits.map((one) => [one.name, t('weights.rule', one)])]);
    of.hidden = splits.length === 0;
    const has = rule.value ? shop.document.rules.find((one) => one.name === rule.value) : shop.document;
    const stored = has?.by?.join(', ') ?? '';
    if (by.stored !== stored) {
      by.value = by.value === (by.stored ?? '') ? stored : by.value;
      by.stored = stored;
    }
    drawValues(document.activeElement);
  }

  async function send() {
    if (differing().length === 0 && by.value === by.stored) {
      tell(result, 'wait', t('weights.same'));
      return;
    }
    const names = listOf(by.value);
    const wish = { weights: differing().length ? Object.fromEntries(differing()) : now(), rule: rule.value || null,
      ...by.value === by.stored || names.length === 0 ? {} : { by: names } };
    const { revision, about } = shop;
    const place = shop.place('weight');
    const options = { pressed, about };
    const tried = await act(result, () => change(`${place}?dry_run=true`, wish, revision),
      { ...options, done: wouldChange });
    if (tried && await confirm({ title: t('weights.title', shop), body: movesNode(shop, tried),
      yes: t('weights.change.now'), scope: shop.scope, opener: pressed })) {
      act(result, () => change(place, wish, revision), { ...options,
        done: (answer) => t('weights.done', { variants: answer.variants.filter((one) =>
          one.name !== shop.line.default).map((one) => `${one.name} ${percent(one.after, 3)}`).join(', ') }),
        after: (answer) => {
          edited = answer ? null : edited;
          by.value = answer ? by.stored : by.value;
          return shop.load();
        } });
    }
  }

  return { update: draw, node: panel('weights', form(send, of, rows, rest, field('weights.by', by, 'weights.by.hint'),
    h('div.buttons', pressed, undo)), result) };
}
