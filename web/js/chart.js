/* Lines over time, one for each variant. They differ by their dashes too; the
 * legend is a table, which is also the chart's text. */

import { on } from './bus.js';
import { h, heads, patch, row, svg, user, w, write } from './dom.js';
import { clock, minute, t } from './words.js';

const HEIGHT = 190;
const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4]];

const charts = new Set();

export const colourOf = (i) => `var(--v${i % DASHES.length})`;

/* A canvas knows no variables: what the theme makes of one. */
function resolved(color) {
  const probe = h('span', { style: { color } });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/* The line as the legend shows it. */
export const swatch = (i) => svg('svg.swatch', { viewBox: '0 0 28 8', 'aria-hidden': 'true' },
  svg('path', { d: 'M1 4H27', style: { stroke: colourOf(i) },
    'stroke-dasharray': DASHES[i % DASHES.length].join(' ') }));

function options(chart) {
  const line = { stroke: resolved('var(--line)'), width: 1 };
  const axis = { stroke: resolved('var(--dim)'), grid: line, ticks: line, font: '12px system-ui' };
  return {
    width: chart.plot.clientWidth, height: HEIGHT, padding: [8, 24, 0, 0], legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false },
    scales: { y: { range: (u, low, high) => [0, Math.max(high ?? 0, chart.least) * 1.08] } },
    axes: [{ ...axis, values: (u, all) => all.map((s) => (all.some((one) => one % 60) ? clock : minute)(s * 1000)) },
    { ...axis, size: 62, values: (u, all) => all.map(chart.format) }],
    series: [{}, ...chart.names.map((label, i) => ({ label, stroke: resolved(colourOf(i)), width: 2,
      dash: DASHES[i % DASHES.length], points: { show: false } }))],
    hooks: { setCursor: [() => legend(chart)] },
  };
}

function draw(chart) {
  chart.u?.destroy();
  chart.u = window.uPlot && chart.plot.clientWidth && chart.data
    ? new window.uPlot(options(chart), chart.data, chart.plot) : null;
}

/* The values at the cursor, or the last; the mean and the most of the window. */
function legend(chart) {
  const [times, ...lines] = chart.data;
  const at = chart.u?.cursor.idx ?? null;
  write(chart.moment, at === null ? t('chart.now') : clock(times[at] * 1000));
  lines.forEach((values, v) => {
    const all = values.filter((value) => value !== null);
    const mean = all.length ? all.reduce((a, b) => a + b) / all.length : null;
    [values[at ?? values.length - 1], mean, all.length ? Math.max(...all) : null].forEach((value, i) =>
      write(chart.rows[v].cells[i + 1], chart.format(value)));
  });
}

/* `format` writes a value, `least` is the smallest top. */
export function makeChart(title, names, format, least) {
  const plot = h('div.plot', { 'aria-hidden': 'true' }, window.uPlot ? '' : t('chart.none'));
  const moment = w('th.n', 'chart.now');
  const rows = names.map((name, i) => row([swatch(i), user(name)], h('td.n'), h('td.n'), h('td.n')));
  const chart = { names, format, least, plot, moment, rows, data: null, u: null };
  chart.node = h('figure.figure', h('h3', title), plot, h('figcaption', h('table', h('caption.unheard', title),
    h('thead', h('tr', heads(['variant']), patch(moment, { scope: 'col' }), heads(['chart.mean:n', 'chart.most:n']))),
    h('tbody', rows))));
  chart.resize = new ResizeObserver(() => (chart.u && plot.clientWidth
    ? chart.u.setSize({ width: plot.clientWidth, height: HEIGHT }) : draw(chart)));
  chart.resize.observe(plot);
  charts.add(chart);
  return chart;
}

/* data: [times, values of the first variant, …] */
export function setData(chart, data) {
  chart.data = data;
  if (chart.u) {
    chart.u.setData(data);
  } else {
    draw(chart);
  }
  legend(chart);
}

export function closeChart(chart) {
  charts.delete(chart);
  chart.resize.disconnect();
  chart.u?.destroy();
}

const again = () => charts.forEach(draw);
on('theme', again);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);

/* --- small ones, whose figures stand beside them ------------------------------ */

export const sparkline = (i) => svg('svg.spark', { viewBox: '0 0 120 24', 'aria-hidden': 'true',
  preserveAspectRatio: 'none', style: { stroke: colourOf(i) } }, svg('path', { fill: 'none' }));

/* `most` makes several comparable. */
export function drawSparkline(node, values, most) {
  const points = values.map((value, i) =>
    `${(i * 120 / Math.max(values.length - 1, 1)).toFixed(1)} ${(22 - value / most * 20).toFixed(1)}`);
  patch(node.firstChild, { d: `M${points.join('L') || '0 0'}` });
}
