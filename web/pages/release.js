/* One release: what it does, and everything that changes it. */

import { get, path, post, read } from '../js/api.js';
import { confirm, reading, turn } from '../js/act.js';
import { fill, h, patch, region, user, visible, w, write } from '../js/dom.js';
import { addFigures, makeFigures, meanRate, samples, seriesKey } from '../js/figures.js';
import { button } from '../js/guard.js';
import { rate, t, tx } from '../js/words.js';
import { makeAudit } from './audit.js';
import { makeSummary, updateSummary } from './overview_release.js';
import { makeCharts } from './release_charts.js';
import { makeExplain } from './release_explain.js';
import { makeDecided, makeDocument, makeMore } from './release_more.js';
import { makeRules } from './release_rules.js';
import { makeWeights } from './release_weights.js';

const STATUS_MS = 5000;
const HOUR = 3600;

/* The biggest button. Off is at once, since it may be urgent and hurts nobody;
 * on is asked about, since it moves people. */
function makeSwitch(shop) {
  const result = region();
  const what = h('p');
  const pressed = button('', { scope: shop.scope, onclick: async () => {
    const { off } = shop.line;
    if (!off || await confirm({ title: t('switch.on.title', { name: shop.name }),
      body: w('p', 'switch.on.what', { rate: rate(shop.rate()) }), yes: t('switch.on'), scope: shop.scope })) {
      turn(result, () => post(shop.place(off ? 'on' : 'off')), { pressed, after: shop.load });
    }
  } });
  return { node: h('section.panel.switch', { 'aria-label': t('switch.title') }, pressed, h('div', what, result)),
    update() {
      const { off } = shop.line;
      write(pressed, t(off ? 'switch.on' : 'switch.off'));
      patch(pressed, { class: `huge ${off ? 'primary' : 'danger'}` });
      fill(what, tx(`switch.is.${shop.allOff ? 'all-off' : off ? 'off' : 'on'}`,
        { variant: h('b', user(shop.line.default)) }));
    } };
}

export default function release(name) {
  /* What the panels know and share. */
  const shop = {
    name, figures: makeFigures(HOUR, name), line: null, scope: `release:${name}`, about: { release: name }, load,
    place: (...more) => path('releases', name, ...more),
    /* requests per second of all variants now, or null */
    rate() {
      const rates = shop.line.variants.map((one) => meanRate(samples(shop.figures, seriesKey(name, one.name), 10)));
      return rates.every((one) => one === null) ? null : rates.reduce((sum, one) => sum + one, 0);
    },
  };
  const parts = makeSummary();
  const panels = [makeSwitch, makeCharts, makeRules, makeWeights, makeDecided, makeExplain, makeDocument, makeMore]
    .map((make) => make(shop));
  const [onOff, figures, rules, weights, decided, explain, text, more] = panels.map((panel) => panel.node);
  const [, charts] = panels;
  const audit = makeAudit(shop.about);
  const revision = h('span.hint');
  const trouble = region();
  const body = h('div', { hidden: true }, h('div.head', parts.chip, revision), parts.note, parts.bar, onOff, figures,
    h('div.uneven', rules, h('div', weights, decided)), explain, audit.node, h('div.two', text, more));

  async function look() {
    if (!document.hidden && shop.line) {
      const [status, counted] = await Promise.all([get('status'), get(shop.place('rules'))]).catch(() => []);
      if (status) {
        shop.status = status;
        /* of another revision: its change is told, and all is read */
        shop.rules = counted.revision === shop.revision ? counted.rules : shop.rules;
        panels.forEach((panel) => panel.status?.());
      }
    }
  }

  async function lookUp() {
    const [{ releases, all_off: allOff }, { data, etag }, { rules: list, fallback }] = await Promise.all(
      [get('releases'), read(shop.place()), get(shop.place('rules'))]);
    Object.assign(shop, { allOff, document: data, revision: etag, rules: list, fallback,
      line: releases.find((line) => line.name === name) ?? shop.line });
  }

  async function load() {
    const well = await reading(trouble, lookUp);
    body.hidden = well === null || !shop.line;
    if (well && shop.line) {
      updateSummary(parts, shop.line, shop.allOff);
      write(revision, t('revision.is', { n: shop.revision }));
      panels.forEach((panel) => panel.update?.());
      audit.load();
      look();
    }
  }

  const timer = setInterval(look, STATUS_MS);
  return {
    title: visible(name), heading: user(name), load, node: [trouble, body],
    stats: (stats) => addFigures(shop.figures, stats), draw: () => charts.draw(),
    close() {
      clearInterval(timer);
      panels.forEach((panel) => panel.close?.());
    },
  };
}
