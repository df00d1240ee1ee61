/* Signed links: made, listed, taken back. */

import { get, path, post, remove } from '../js/api.js';
import { act, confirm, copyButton, reading } from '../js/act.js';
import { choice, each, field, form, h, input, link, offer, panel, region, row, table, user, w } from '../js/dom.js';
import { apply, button } from '../js/guard.js';
import { t, tx, when } from '../js/words.js';
import { lifetimes } from './list.js';

const scope = 'admin';

/* Its text is shown once: grayd keeps no token. */
function madeNode({ url, token, variant, release, expires, parameter }) {
  const text = h('code.secret', { tabindex: 0 }, url ?? token);
  return [w('strong', 'link.once'), text, copyButton(text), h('p', tx(url ? 'link.is' : 'link.token', { variant,
    release, time: when(expires), parameter }))];
}

function makeForm(load) {
  let releases = [];
  const result = region();
  const release = choice([], { required: true, onchange: drawVariants });
  const variant = choice([], { required: true });
  const ttl = lifetimes([2, 1, 8, 24, 168, 720]);
  const host = input({ placeholder: 'shop.example.com' });
  const page = input({ value: '/' });
  const scheme = choice([['https', 'https'], ['http', 'http']]);
  const pressed = button(t('link.make'), { kind: 'primary', scope,
    off: () => !releases.length && t('link.no.release') });

  /* Links are mostly for what is not the default. */
  function drawVariants() {
    const chosen = releases.find((one) => one.name === release.value);
    offer(variant, (chosen?.variants ?? []).map((one) => [one.name, one.name])
      .sort(([a], [b]) => (a === chosen.default) - (b === chosen.default)));
  }

  const make = () => act(result, () => post('links', { release: release.value, variant: variant.value,
    ttl: Number(ttl.value), ...host.value.trim() ? { host: host.value.trim(), path: page.value || '/',
      scheme: scheme.value } : {} }), { pressed, done: madeNode, after: load });

  return { node: panel('link.make', form(make,
    h('div.fields', field('release', release), field('variant', variant), field('expires.in', ttl)),
    h('div.fields', field('host', host, 'host.hint'), field('path', page), field('scheme', scheme)),
    h('div.buttons', pressed)), result),
  update(all) {
    releases = all;
    offer(release, all.map((one) => [one.name, one.name]));
    drawVariants();
    apply(pressed);
  } };
}

export default function signedLinks() {
  const rows = h('tbody');
  const result = region();
  const trouble = region();
  const none = w('p', 'links.none');
  const made = makeForm(load);
  const all = table(t('links'), ['for', 'host', 'expires', 'made', 'state', 'actions'], rows);

  function asking(word, action, attributes) {
    const pressed = button(t(word), { scope, ...attributes, onclick: async () => {
      if (await confirm({ title: t(`${word}.title`), body: w('p', `${word}.what`), yes: t(word), danger: true,
        scope })) {
        act(result, action, { pressed, done: () => t(`${word}.done`), after: load });
      }
    } });
    return pressed;
  }

  function makeRow(one) {
    const valid = one.state === 'valid' && Date.parse(one.expires) > Date.now();
    return row([user(one.variant), ' · ', link('releases', one.release)], one.host ? user(one.host) : t('any.host'),
      when(one.expires), [when(one.made), ' ', user(one.user)],
      [t(`link.${one.state === 'valid' && !valid ? 'expired' : one.state}`), ' ', h('code.hint', one.id)],
      valid ? asking('link.revoke', () => remove(path('links', one.id)),
        { kind: 'small', 'aria-label': t('link.revoke.one', one) }) : '');
  }

  function load() {
    return reading(trouble, async () => {
      const [answer, { releases }] = await Promise.all([get('links'), get('releases')]);
      all.hidden = answer.links.length === 0;
      none.hidden = !all.hidden;
      each(rows, answer.links, (one) => `${one.id} ${one.state}`, makeRow);
      made.update(releases);
    });
  }

  return { title: t('links'), load, node: [w('p.hint', 'links.what'), trouble, made.node,
    panel('links.made', none, all, h('div.buttons', asking('links.rotate', () => post('links/rotate')),
      asking('links.revoke', () => post('links/revoke-all'), { kind: 'danger-line' })), result)] };
}
