/* Running a change, telling what came of it, and asking before it. */

import { get, query } from './api.js';
import { field, fill, h, input, newId, said, user, w } from './dom.js';
import { apply, button } from './guard.js';
import { t, tx, when, words } from './words.js';

/* --- problems --------------------------------------------------------------- */

/* grayd counts bytes, a text in the browser UTF-16 units. */
export const unitOf = (line, column) =>
  new TextDecoder().decode(new TextEncoder().encode(line).slice(0, column - 1)).length;

/* The line that is wrong, with a mark at the place. */
function source(text, { line: n, column }) {
  const line = text.split('\n')[Math.max(n, 1) - 1] ?? '';
  const from = unitOf(line, column);
  const wrong = /^(\w+|.|)/u.exec(line.slice(from))[0];
  return h('pre', user(line.slice(0, from)), h('mark', wrong ? user(wrong) : ' '),
    user(line.slice(from + wrong.length)));
}

const one = (error, text) => h('div', error.column ? t('problem.column', { n: error.column }) : '',
  error.place ? [h('code', user(error.place)), ': '] : '', said(error.message),
  text && error.column ? source(text, error) : '', error.hint ? h('div.hint', said(error.hint)) : '');

/* What it is in the reader's language, then grayd's own words, the place, and
 * what to do. `text` is what was sent, such as a condition. */
function problemNode(problem, text) {
  const { code, status, scope, errors = [] } = problem;
  return code === undefined ? h('div', problem.message) : h('div', h('strong', status === 403 && scope
    ? t('code.scope', { scope }) : words.has(`code.${code}`) ? t(`code.${code}`) : t('code.other', { code })),
  status ? (errors.length > 1 ? errors : [problem]).map((error) => one(error, text)) : '');
}

export const tell = (place, kind, ...content) => fill(place, h(`div.note.${kind}`, content));

/* Runs what reads; what stands in the way is told. Whether it went well. */
export async function reading(place, run) {
  try {
    await run();
    place.replaceChildren();
    return true;
  } catch (problem) {
    tell(place, 'bad', problemNode(problem));
    return problem.status === 404 ? null : false;
  }
}

/* After a 412: the last change of what was to be changed, and by whom. */
async function whoChanged(about) {
  const { records: [last] } = await get(`audit${query({ ...about, limit: 1 })}`);
  return h('div', last ? tx('conflict.who', { user: user(last.user), time: when(last.time), verb: last.verb,
    summary: user(last.summary) }) : '', ' ', t('conflict.shown'));
}

/* --- acting ----------------------------------------------------------------- */

const warnings = (answer) => (answer?.warnings ?? []).map((warning) =>
  h('div', w('strong', 'warning'), ' ', said(warning.message), h('div.hint', said(warning.hint))));

/* A button that is off loses the focus; it gets it back, or the one beside it
 * when it stays off. */
function hold(pressed) {
  const had = document.activeElement === pressed;
  pressed.busy = true;
  apply(pressed);
  return () => {
    pressed.busy = false;
    apply(pressed);
    if (had && document.activeElement === document.body) {
      (pressed.disabled ? pressed.nextElementSibling ?? pressed.previousElementSibling : pressed)?.focus();
    }
  };
}

/*
 * act(region, () => post(…), { pressed, done, text, about, after, failed })
 *
 *   pressed   the button, which is off meanwhile
 *   done      what to say of the answer
 *   text      what was sent, for a problem's place
 *   about     {release} or {list}: who changed it, when somebody did
 *   after     is called with the answer, or with nothing after a conflict
 *   failed    is called with the problem
 *
 * The answer, or null.
 */
export async function act(place, run, { pressed, done, text, about, after, failed } = {}) {
  const free = pressed && hold(pressed);
  try {
    const answer = await run();
    tell(place, 'good', done?.(answer) ?? t('done'), warnings(answer));
    await after?.(answer);
    return answer;
  } catch (problem) {
    tell(place, 'bad', problemNode(problem, text));
    failed?.(problem);
    if (problem.status === 412) {
      place.firstChild.append(await whoChanged(about).catch(() => ''));
      await after?.();
    }
    return null;
  } finally {
    free?.();
  }
}

/* Turning off or on, and what the workers said to it. */
export async function turn(place, run, options) {
  tell(place, 'wait', t('switched.wait'));
  const words = (answer) => [t(answer.off ? 'switched.off' : 'switched.on'), ' ', answer.workers === 0
    ? t('switched.nobody') : t('switched.workers', { confirmed: answer.confirmed, n: answer.workers,
      ms: answer.elapsed_ms }), ' ',
  answer.silent.length ? t('switched.silent', { pids: answer.silent.join(', ') }) : ''];
  const answer = await act(place, run, { ...options, done: words });
  if (answer?.error) {
    tell(place, 'bad', words(answer)); /* it stands all the same */
  }
}

/* --- asking ----------------------------------------------------------------- */

/* Whether the answer is yes; Esc and the first button are no. `scope` is what
 * the change needs; `opener` has the focus afterwards. */
export function confirm({ title, body, yes, danger, scope, first, opener = document.activeElement }) {
  const id = newId();
  const no = button(t('cancel'), { onclick: () => dialog.close() });
  const dialog = h('dialog', { 'aria-labelledby': id }, h('form', { method: 'dialog' },
    h('h2', { id }, title), body, h('div.buttons', no,
      button(yes, { value: 'yes', kind: danger ? 'danger' : 'primary', scope }))));
  document.body.append(dialog);
  dialog.showModal();
  (first ?? no).focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      opener?.focus();
      resolve(dialog.returnValue === 'yes');
    });
  });
}

/* A text, or null. */
export async function askText({ label, value, ...question }) {
  const first = input({ value, required: true });
  return await confirm({ ...question, body: field(label, first), first }) ? first.value.trim() : null;
}

/* A button that copies. The clipboard needs https or localhost; elsewhere the
 * text is selected, so that Ctrl-C takes it. */
export function copyButton(node) {
  const told = h('span.hint', { role: 'status' });
  return h('span.copy', button(t('copy'), { kind: 'small', onclick: async () => {
    try {
      await navigator.clipboard.writeText(node.textContent);
      told.textContent = t('copy.done');
    } catch {
      getSelection().selectAllChildren(node);
      told.textContent = t('copy.selected');
    }
  } }), ' ', told);
}
