/* All releases at a glance, the switch over them, the store. */

import { get, path, post } from '../js/api.js';
import { act, confirm, reading, turn } from '../js/act.js';
import { each, field, fill, form, h, input, link, panel, patch, region, w, write } from '../js/dom.js';
import { addFigures, loadFigures, makeFigures } from '../js/figures.js';
import { apply, button } from '../js/guard.js';
import { t, tx } from '../js/words.js';
import { makeCard, updateCard, updateFigures } from './overview_release.js';
import { makeStore } from './overview_store.js';

const STATUS_MS = 5000;
const SECONDS = 300;

/* What to type when there is nothing yet. */
const empty = (dir) => panel('empty.title', w('p', 'empty.what'), h('pre', 'grayctl release create shop'),
  h('p', tx('empty.nginx', { file: h('code', 'nginx.conf') })), h('pre', `gray_store ${dir};
upstream app_stable { server 127.0.0.1:5001; }
upstream app_gray   { server 127.0.0.1:5002; }
server {
    location / {
        gray shop stable=app_stable gray=app_gray;
        proxy_pass http://$gray_upstream;
    }
}`), h('p', tx('empty.then', { command: h('code', 'grayctl weight shop gray=1 --by ip') })));

/* The switch over all releases. */
function makeSwitch(shared) {
  const result = region();
  const text = h('p');
  const off = () => shared.releases?.all_off;
  const pressed = button('', { scope: 'admin', off: () => (off() === undefined ? t('guard.loading') : ''),
    onclick: async () => {
      const word = off() ? 'all.on' : 'all.off';
      if (await confirm({ title: t(`${word}.title`), body: w('p', `${word}.what`), yes: t(word),
        danger: !off(), scope: 'admin' })) {
        turn(result, () => post(off() ? 'on' : 'off'), { pressed, after: shared.load });
      }
    } });
  return { node: h('section.all', { 'aria-label': t('all.title') }, text, pressed, result), update() {
    write(text, off() ? t('all.is.off') : '');
    patch(pressed, { class: off() ? 'primary' : 'danger-line' });
    write(pressed, t(off() ? 'all.on' : 'all.off'));
    apply(pressed);
  } };
}

function makeCreate(shared) {
  const result = region();
  const name = input({ required: true, maxlength: 63 });
  const variants = input({ value: 'stable gray', required: true });
  const pressed = button(t('create.release'), { kind: 'primary', scope: 'release:*' });
  return panel('create.release', form(() => {
    const made = name.value.trim();
    act(result, () => post(path('releases', made), { variants: variants.value.split(/[\s,]+/).filter(Boolean) }),
      { pressed, after: shared.load, done: () => [t('create.done'), ' ', link('releases', made)] });
  }, h('div.fields', field('name', name), field('variants', variants, 'create.variants'), pressed)), result);
}

export default function overview() {
  const figures = makeFigures(SECONDS);
  const shared = { releases: null, load };
  const all = makeSwitch(shared);
  const store = makeStore();
  const cards = h('div.cards');
  const nothing = h('div');
  const trouble = region();
  let status = null;
  let begun = false;

  const drawFigures = () => [...cards.children].forEach((card) => updateFigures(card, figures));

  function draw() {
    const { releases } = shared;
    all.update();
    each(cards, releases.releases, (line) => line.name, makeCard,
      (card, line) => updateCard(card, line, releases.all_off, status));
    fill(nothing, releases.releases.length ? '' : empty(status?.dir ?? '/var/lib/gray'));
    drawFigures();
  }

  async function look() {
    if (!document.hidden) {
      status = await get('status').catch(() => status);
      if (status) {
        store.update(status);
      }
    }
  }

  async function load() {
    await reading(trouble, async () => {
      shared.releases = await get('releases');
      await look();
      draw();
      if (!begun) {
        begun = true;
        await loadFigures(figures, SECONDS);
        drawFigures();
      }
    });
  }

  const timer = setInterval(look, STATUS_MS);
  return {
    title: t('nav.releases'), load,
    node: [all.node, trouble, nothing, cards, w('p.hint', 'overview.windows'),
      h('div.two', store.node, makeCreate(shared))],
    stats: (stats) => addFigures(figures, stats), draw: drawFigures,
    close: () => clearInterval(timer),
  };
}
