/* By what requests were decided; the document; what is done seldom. */

import { post, remove } from '../js/api.js';
import { act, confirm, copyButton } from '../js/act.js';
import { check, choice, each, field, fill, h, heads, offer, panel, patch, region, row, scroll, user, w,
  write } from '../js/dom.js';
import { pretty } from '../js/diff.js';
import { button } from '../js/guard.js';
import { number, percent, rate, t } from '../js/words.js';
import { wouldChange } from './release_rules.js';

/* All decisions per reason and variant, and those per second now. */
export function makeDecided(shop) {
  const head = h('tr');
  const rows = h('tbody');
  let before = null;

  /* "1,234 (5.0/s)"; the rate when the time before is known. */
  function cell(count, earlier, seconds) {
    return earlier === undefined ? number(count)
      : t('decided.count', { count: number(count), rate: rate(Math.max(0, count - earlier) / seconds) });
  }

  function status() {
    const decisions = shop.status.counts[shop.name]?.decisions ?? {};
    const variants = Object.keys(decisions);
    const now = { at: Date.now(), decisions };
    const reasons = Object.keys(decisions[variants[0]] ?? {}).filter((reason) =>
      variants.some((one) => decisions[one][reason] > 0));
    if (before && now.at - before.at < 1000) {
      return;
    }
    if (head.cells.length !== variants.length + 1) {
      fill(head, heads(['decided.by']), variants.map((one) => h('th.n', { scope: 'col' }, user(one))));
      fill(rows);
    }
    each(rows, reasons, (one) => one, (one) => row(t(`reason.${one}`), ...variants.map(() => h('td.n'))),
      (node, reason) => variants.forEach((one, i) => write(node.cells[i + 1], cell(decisions[one][reason],
        before?.decisions[one]?.[reason], (now.at - before?.at) / 1000))));
    before = now;
  }

  return { status, node: patch(panel('decided', scroll(t('decided'), h('table', h('caption.unheard', t('decided')),
    h('thead', head), rows)), w('p.hint', 'decided.what')), { class: 'panel figure' }) };
}

export function makeDocument(shop) {
  const text = h('pre', { tabindex: 0, role: 'group', 'aria-label': t('document') });
  return { node: h('section.panel', { 'aria-label': t('document') },
    h('div.head', w('h2', 'document'), copyButton(text)), w('p.hint', 'document.what'), text), update() {
    const now = pretty(shop.document);
    if (text.shown !== now) {
      text.shown = now;
      fill(text, now.split('\n').map((line) => [user(line), '\n']));
    }
  } };
}

export function makeMore(shop) {
  const result = region();
  const variant = choice([]);
  const force = check('release.remove.force');
  const { scope, about } = shop;

  /* A button that asks, then acts at the revision that was shown. */
  function asking(word, kind, values, body, action, options) {
    const pressed = button(t(word), { kind, scope, onclick: async () => {
      const { revision } = shop;
      const shown = await body(pressed, revision);
      if (shown && await confirm({ title: t(`${word}.title`, values()), body: shown, yes: t(word),
        danger: kind === 'danger-line', scope, opener: pressed })) {
        act(result, () => action(revision), { pressed, about, after: shop.load, ...options });
      }
    } });
    return pressed;
  }

  async function promoted(pressed, revision) {
    const tried = await act(result, () => post(`${shop.place('promote')}?dry_run=true`, { variant: variant.value },
      revision), { pressed, about, done: wouldChange });
    return tried && [w('p', 'promote.what', { rate: rate(shop.rate()) }), wouldChange(tried)];
  }

  return { node: panel('more',
    h('div.fields', field('promote.to', variant), asking('promote', '', () => ({ variant: variant.value }), promoted,
      (revision) => post(shop.place('promote'), { variant: variant.value }, revision))),
    w('p.hint', 'promote.hint'),
    h('div.buttons', asking('reshuffle', '', () => ({}), () => w('p', 'reshuffle.what'),
      (revision) => post(shop.place('reshuffle'), undefined, revision),
      { done: (answer) => t('reshuffle.done', { percent: percent(answer.moved_percent) }) })),
    w('p.hint', 'reshuffle.hint'),
    h('div.buttons', asking('release.remove', 'danger-line', () => shop, () => w('p', 'release.remove.what'),
      (revision) => remove(`${shop.place()}${force.box.checked ? '?force=true' : ''}`, undefined, revision),
      { after: (answer) => {
        if (answer) {
          location.hash = '#/';
        }
      } }), force.node), result),
  update() {
    const names = shop.line.variants.map((one) => one.name);
    offer(variant, [...names.slice(1), names[0]].map((name) => [name, name]));
  } };
}
