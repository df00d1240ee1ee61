/* One release in the overview; the bar and the state are the release page's
 * too. */

import { colourOf, drawSparkline, sparkline, swatch } from '../js/chart.js';
import { each, fill, h, link, patch, row, said, table, user, visible, w, write } from '../js/dom.js';
import { compareErrors, compareTimes, samples, seriesKey, summary } from '../js/figures.js';
import { duration, percent, rate, share, t } from '../js/words.js';

const TREND_SECONDS = 180;

const part = (variant, i) => h('span.part', { style: { '--colour': colourOf(i) } },
  user(variant.name), ' ', h('b'));

/* State, note, and weights as a bar, each part with its number. */
export const makeSummary = () => ({ chip: h('span.chip'), note: h('p.hint'),
  bar: h('div.bar', { role: 'img' }) });

export function updateSummary({ chip, note, bar }, line, allOff) {
  const state = allOff ? 'all-off' : line.off ? 'off' : 'on';
  patch(chip, { class: `chip ${state === 'on' ? 'good' : 'bad'}` });
  write(chip, t(`release.${state}`));
  fill(note, line.note ? user(line.note) : '');
  patch(bar, { 'aria-label': line.variants.map((one) =>
    `${visible(one.name)} ${percent(one.percent, 3)}`).join(', ') });
  each(bar, line.variants, (one) => one.name, part, (node, one) => {
    patch(node, { hidden: one.percent === 0, style: { 'flex-grow': one.percent } });
    write(node.lastChild, percent(one.percent, 3));
  });
}

export function makeCard(line) {
  const parts = { ...makeSummary(), rows: h('tbody'), compared: h('div'), rules: h('span.hint'), trouble: h('div') };
  return Object.assign(h('article.panel.figure',
    h('div.head', h('h2', link('releases', line.name)), parts.chip, parts.rules), parts.note, parts.bar,
    table(t('card.figures', { name: visible(line.name) }),
      ['variant', 'weight:n', 'rate:n', 'errors:n', 'p95:n', 'trend'], parts.rows),
    parts.compared, parts.trouble), { parts });
}

function makeRow(variant, i) {
  const trend = sparkline(i);
  return Object.assign(row([swatch(i), user(variant.name), h('span.hint')],
    h('td.n'), h('td.n'), h('td.n'), h('td.n'), trend), { trend });
}

export function updateCard(card, line, allOff, status) {
  const { parts } = card;
  card.line = line;
  updateSummary(parts, line, allOff);
  write(parts.rules, t('card.rules', { n: line.rules }));
  each(parts.rows, line.variants, (one) => one.name, makeRow, (node, one) => {
    write(node.cells[0].lastChild, one.name === line.default ? ` ${t('default')}` : '');
    write(node.cells[1], percent(one.percent, 3));
  });
  each(parts.trouble, status?.remarks.filter((one) => one.place === line.name) ?? [], (one) => one.message,
    (one) => h('div.remark', w('strong', 'warning'), ' ', said(one.message)));
}

const compared = (what, verdict, one, base) => h(`span.${verdict}.pair`,
  t(`compare.${what}`, { one, base }), ' ', w('b', `compare.${what}.${verdict}`));

const comparison = (name, one, base) => h('p', h('strong', user(name), ': '),
  compared('errors', compareErrors(one, base), share(one.errors), share(base.errors)), ' ',
  compared('p95', compareTimes(one, base), duration(one.p95), duration(base.p95)));

export function updateFigures({ line, parts }, figures) {
  const keys = line.variants.map((one) => seriesKey(line.name, one.name));
  const found = keys.map((key) => summary(figures, key));
  const trends = keys.map((key) => samples(figures, key, TREND_SECONDS).map((one) => one.requests));
  const most = Math.max(1, ...trends.flat());
  found.forEach((one, i) => {
    const { cells, trend } = parts.rows.children[i];
    [rate(one.rate), share(one.errors), duration(one.p95)].forEach((text, c) => write(cells[c + 2], text));
    drawSparkline(trend, trends[i], most);
  });
  const base = found[line.variants.findIndex((one) => one.name === line.default)];
  const text = h('div', line.variants.map(({ name }, i) => (found[i] === base || !found[i].requests ? ''
    : comparison(name, found[i], base))));
  if (text.textContent !== parts.compared.textContent) {
    fill(parts.compared, text);
  }
}
