/* One list: who is on it, and changing that. */

import { get, path, post, problemOf, query, remove, withToken } from '../js/api.js';
import { act, confirm, reading } from '../js/act.js';
import { check, choice, each, field, fill, form, h, input, links, panel, region, row, table, user, visible, w,
  write } from '../js/dom.js';
import { button } from '../js/guard.js';
import { number, t, tx, when } from '../js/words.js';
import { makeAudit } from './audit.js';
import { makeImport } from './list_import.js';

const PAGE = 50;
const HOUR = 3600;

/* A choice of how long something lives, in hours; 0 is for ever. */
export const lifetimes = (hours) => choice(hours.map((n) => [String(n * HOUR),
  n === 0 ? t('never') : n % 24 ? t('time.hours', { n }) : t('time.days', { n: n / 24 })]));

/* --- searching and paging ----------------------------------------------------- */

const found = ({ listed, member, by }) => [
  h('strong', tx(`search.${listed ? 'yes' : by?.expired ? 'expired' : 'no'}`, { member: user(member) })),
  by ? h('div', t('search.by'), ': ', user(by.member), ' · ', t('expires'), ': ',
    by.expires ? when(by.expires) : t('never'), by.note ? [' · ', user(by.note)] : '') : ''];

function makeSearch(list) {
  const result = region();
  const member = input({ type: 'search', required: true });
  return panel('search', form(() => act(result, () => get(list.place('members', member.value)), { done: found }),
    h('div.fields', field('member', member), button(t('search.ask'), { kind: 'primary' }))), result);
}

function makeMembers(list) {
  const rows = h('tbody');
  const result = region();
  const none = h('p.hint');
  const where = h('span.hint');
  const back = button(t('page.before'), { onclick: () => turn(starts.slice(0, -1)) });
  const forth = button(t('page.next'), { onclick: () => turn([...starts, next]) });
  let starts = ['']; /* what each page so far begins after */
  let next = null;

  function makeRow({ member, expires, expired, note }) {
    const name = visible(member);
    const pressed = button(t('remove'), { kind: 'small', scope: list.scope, 'aria-label': t('member.remove', { name }),
      onclick: async () => {
        if (await confirm({ title: t('member.remove.title', { name }), body: w('p', 'member.remove.what'),
          yes: t('remove'), danger: true, scope: list.scope })) {
          act(result, () => remove(list.place('members'), { members: [member] }), { pressed, after: list.load,
            done: () => t('member.removed', { name }) });
        }
      } });
    return row(user(member), [expires ? when(expires) : t('never'), expired ? w('span.chip.bad', 'expired') : ''],
      user(note), pressed);
  }

  const load = () => reading(none, async () => {
    const page = await get(`${list.place('members')}${query({ limit: PAGE, after: starts.at(-1) })}`);
    next = page.next;
    each(rows, page.members, JSON.stringify, makeRow);
    write(where, page.members.length ? t('page.is', { n: starts.length }) : t('members.none'));
    back.disabled = starts.length < 2;
    forth.disabled = next === null;
  });

  function turn(to) {
    starts = to;
    load();
  }

  return { load, node: panel('members', table(t('members'), ['member', 'expires', 'note', 'actions'], rows), none,
    h('div.buttons', back, where, forth, makeExport(list, result)), result) };
}

/* --- changing ----------------------------------------------------------------- */

function makeAdd(list) {
  const result = region();
  const members = h('textarea.code', { rows: 4, required: true, spellcheck: 'false' });
  const ttl = lifetimes([0, 1, 24, 168, 720, 8760]);
  const note = input({ maxlength: 255 });
  const pressed = button(t('add'), { kind: 'primary', scope: list.scope });
  return panel('add.title', form(() => act(result, () => post(list.place('members'), {
    members: members.value.split('\n').filter(Boolean), ttl: Number(ttl.value),
    ...note.value ? { note: note.value } : {} }), { pressed, done: (answer) => t('add.done', answer), after: () => {
    members.value = '';
    return list.load();
  } }), field('members', members, 'add.hint'), h('div.fields', field('expires.in', ttl), field('note', note)),
  h('div.buttons', pressed)), result);
}

/* A link cannot send a token: then the file comes by fetch. */
async function download(href, name) {
  const answer = await fetch(href, { headers: withToken() });
  if (!answer.ok) {
    throw problemOf(answer.status, await answer.text(), 'read');
  }
  const url = URL.createObjectURL(await answer.blob());
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

function makeExport(list, result) {
  const href = `v1/${list.place('export')}`;
  const name = `${list.name}.txt`;
  return h('a.button', { href, download: name, onclick: (event) => {
    if (withToken().Authorization) {
      event.preventDefault();
      act(result, () => download(href, name), { done: () => t('export.done') });
    }
  } }, t('export'));
}

function makeMore(list) {
  const result = region();
  const force = check('list.drop.force');
  const drop = button(t('list.drop'), { kind: 'danger-line', scope: 'admin', onclick: async () => {
    if (await confirm({ title: t('list.drop.title', list), body: w('p', 'list.drop.what'), yes: t('list.drop'),
      danger: true, scope: 'admin' })) {
      act(result, () => remove(`${list.place()}${force.box.checked ? '?force=true' : ''}`), { pressed: drop,
        after: () => {
          location.hash = '#/lists';
        } });
    }
  } });
  return panel('more', h('div.buttons', drop, force.node), result);
}

export default function list(name) {
  const facts = h('p.figure');
  const trouble = region();
  const shared = { name, scope: `list:${name}`, load, place: (...more) => path('lists', name, ...more) };
  const members = makeMembers(shared);
  const audit = makeAudit({ list: name });
  const stored = h('div', makeSearch(shared), members.node, h('div.two', makeAdd(shared), makeImport(shared)));
  const live = w('p.panel', 'list.live');
  const body = h('div', { hidden: true }, facts, live, stored, makeMore(shared), audit.node);

  async function load() {
    let line;
    const well = await reading(trouble, async () => {
      line = await get(shared.place());
    });
    body.hidden = well === null || (!well && body.hidden);
    if (well) {
      live.hidden = line.kind !== 'live';
      stored.hidden = !live.hidden;
      const count = t('list.count', { n: line.count, count: number(line.count) });
      fill(facts, [t(`kind.${line.kind}`), stored.hidden ? '' : count, `${t('changed.at')} ${when(line.changed)}`,
        `${t('used.by')} `].filter(Boolean).join(' · '), links('releases', line.used_by, 'list.unused'));
      audit.load();
      if (!stored.hidden) {
        members.load();
      }
    }
  }

  return { title: visible(name), heading: user(name), node: [trouble, body], load };
}
