/* What stands around every page: navigation, language and colours, the banner
 * that says when figures are old, and the form for a token. */

import { setToken, withToken } from './api.js';
import { confirm } from './act.js';
import { emit, on } from './bus.js';
import { choice, field, fill, h, input, patch, w } from './dom.js';
import { button } from './guard.js';
import { listenNow, live } from './live.js';
import { clock, keep, kept, lang, setLanguage, t } from './words.js';

const BACK_MS = 6000;

let locked = false; /* without a token that is good */
let asking = false;

const banner = h('div.banner', { role: 'status' });
const state = h('span.state');
const header = h('header');
const skip = h('a.skip', { href: '#main', onclick: (event) => {
  event.preventDefault(); /* the hash is the page's address */
  main.focus();
} });

export const main = h('main', { id: 'main', tabindex: -1 });

const applyTheme = () => patch(document.documentElement, { 'data-theme': kept('theme') });

function themeSwitch() {
  const select = choice(['auto', 'light', 'dark'].map((name) => [name, t(`theme.${name}`)]),
    { 'aria-label': t('theme'), onchange: () => {
      keep('theme', select.value);
      applyTheme();
      emit('theme');
    } });
  return patch(select, { value: kept('theme') ?? 'auto' });
}

function languageSwitch() {
  const other = lang === 'en' ? 'zh' : 'en';
  return button(other === 'zh' ? '中文' : 'English', { kind: 'plain', lang: other, onclick: () => {
    keep('lang', other);
    setLanguage(other);
    emit('language');
    header.querySelector('.plain').focus();
  } });
}

/* In the language of now; `here` is the first part of the address. */
export function drawShell(here) {
  fill(skip, t('skip'));
  fill(header, h('a.brand', { href: '#/' }, 'nginx-gray'),
    h('nav', { 'aria-label': t('nav') }, ['releases', 'lists', 'links', 'audit'].map((name) =>
      h('a', { href: `#/${name}`, 'aria-current': (here || 'releases') === name ? 'page' : null }, t(`nav.${name}`)))),
    h('div.tools', state, languageSwitch(), themeSwitch()));
  drawState();
}

function drawState(before) {
  const old = live.state === 'stale' || live.state === 'away';
  const time = clock(live.heard || NaN);
  const figures = clock(live.figures ?? live.heard);
  document.documentElement.classList.toggle('stale', old);
  patch(document.documentElement, { style: { '--as-of': JSON.stringify(t('as.of', { time: figures })) } });
  fill(state, h(`span.dot.${live.state}`), t(`state.${live.state}`));
  locked &&= old;
  if (locked) {
    patch(banner, { class: 'banner bad' });
    fill(banner, h('strong', t('token.title')), ' ', button(t('token.use'), { onclick: askToken }));
  } else if (old) {
    patch(banner, { class: 'banner bad' });
    fill(banner, h('strong', t(live.heard ? `banner.${live.state}` : 'banner.never', { time })), ' ',
      t(live.heard ? 'banner.old' : 'banner.trying', { time: figures }));
  } else if (before === 'stale' || before === 'away') {
    patch(banner, { class: 'banner good' });
    fill(banner, t('banner.back', { time }));
    setTimeout(() => live.state === 'fresh' && banner.replaceChildren(), BACK_MS);
  }
}

async function askToken() {
  const first = input({ type: 'password', required: true });
  if (!asking) {
    const wrong = withToken().Authorization ? w('p.note.bad', 'token.wrong') : '';
    asking = true;
    const given = await confirm({ title: t('token.title'), yes: t('token.use'), first,
      body: [wrong, w('p', 'token.why'), field('token', first)] });
    asking = false;
    if (given) {
      setToken(first.value.trim());
      listenNow();
      emit('reset');
    }
  }
}

on('state', ({ before }) => drawState(before));
on('token', () => {
  locked = true;
  askToken();
});
applyTheme();
document.body.append(skip, header, banner, main);
