/* The last minutes as charts: requests, errors, times. */

import { closeChart, makeChart, setData } from '../js/chart.js';
import { choice, fill, h, patch, w } from '../js/dom.js';
import { errorShare, loadFigures, meanQuantile, meanRate, seriesKey } from '../js/figures.js';
import { duration, keep, kept, rate, share, t } from '../js/words.js';

/* Seconds of a window, and of one point in it: errors of single seconds are a
 * comb, of several a line. */
const WINDOWS = { 300: 5, 900: 15, 3600: 60 };
const QUANTILES = ['p50', 'p95', 'p99'];

/* Rows that fall into the same point. */
function grouped(rows, step) {
  const groups = new Map();
  for (const row of rows) {
    const at = step > 1 ? Math.floor(row.t / step) * step : row.t;
    groups.set(at, [...groups.get(at) ?? [], row]);
  }
  return [...groups];
}

/* A choice that the browser keeps. */
function keptChoice(name, options, first, changed) {
  const select = choice(options, { 'aria-label': t(`charts.${name}`), onchange: () => {
    keep(name, select.value);
    changed();
  } });
  const known = options.some(([value]) => value === kept(name));
  return patch(select, { value: known ? kept(name) : first });
}

export function makeCharts(shop) {
  let charts = [];
  let names = [];
  const place = h('div.charts');
  const span = keptChoice('window', Object.keys(WINDOWS).map((one) => [one, t('charts.minutes', { n: one / 60 })]),
    '300', past);
  const quantile = keptChoice('quantile', QUANTILES.map((one) => [one, one]), 'p95', build);

  async function past() {
    await loadFigures(shop.figures, span.value).catch(() => null);
    draw();
  }

  function build() {
    charts.forEach(closeChart);
    charts = [makeChart(t('charts.requests'), names, rate, 1), makeChart(t('charts.errors'), names, share, 0.01),
      makeChart(t('charts.times', { quantile: quantile.value }), names, duration, 1000)];
    fill(place, charts.map((chart) => chart.node));
    draw();
  }

  function draw() {
    const { rows } = shop.figures;
    const groups = grouped(rows.filter((row) => row.t > rows.at(-1).t - span.value), WINDOWS[span.value]);
    const values = [meanRate, errorShare, (list) => meanQuantile(list, `${quantile.value}_us`)];
    charts.forEach((chart, i) => setData(chart, [groups.map(([at]) => at), ...names.map((name) =>
      groups.map(([, group]) => values[i](group.flatMap((row) => row.by.get(seriesKey(shop.name, name)) ?? []))))]));
  }

  return {
    node: h('section.panel', { 'aria-label': t('charts') },
      h('div.head', w('h2', 'charts'), h('span.tools', span, quantile)), place),
    draw,
    update() {
      const now = shop.line.variants.map((one) => one.name);
      if (now.join('/') !== names.join('/')) {
        names = now;
        build();
      }
      past(); /* after a time without grayd it has the seconds between */
    },
    close: () => charts.forEach(closeChart),
  };
}
