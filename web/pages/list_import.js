/* Members from a file, with its progress. */

import { problemOf, query, withToken } from '../js/api.js';
import { act, tell } from '../js/act.js';
import { check, field, form, h, input, panel, region, row, said, table, write } from '../js/dom.js';
import { button } from '../js/guard.js';
import { bytes, number, t } from '../js/words.js';
import { lifetimes } from './list.js';

/* fetch tells nothing of what was sent, so this is an XMLHttpRequest. */
function upload(address, file, scope, sent) {
  const request = new XMLHttpRequest();
  const answer = new Promise((resolve, reject) => {
    request.open('POST', `v1/${address}`);
    Object.entries(withToken({ 'Content-Type': 'application/octet-stream' }))
      .forEach(([name, value]) => request.setRequestHeader(name, value));
    request.upload.onprogress = (event) => sent(event.loaded);
    request.onload = () => (request.status === 200 ? resolve(JSON.parse(request.responseText))
      : reject(problemOf(request.status, request.responseText, scope)));
    request.onerror = () => reject(problemOf(502, '', scope));
    request.onabort = () => reject(new Error(t('import.stopped')));
    request.send(file);
  });
  return { answer, stop: () => request.abort() };
}

const resultNode = (answer) => [
  h('strong', t('import.done', answer)),
  answer.expired ? h('div', t('import.expired', { n: answer.expired })) : '',
  answer.bad ? h('div', t('import.bad', { n: answer.bad })) : '',
  answer.bad ? table(t('import.bad.lines'), ['line', 'why'], h('tbody', answer.bad_lines.map((bad) =>
    row(null, number(bad.line), said(bad.message))))) : ''];

export function makeImport(list) {
  const result = region();
  const file = h('input', { type: 'file', required: true });
  const replace = check('import.replace');
  const strict = check('import.strict');
  const most = input({ type: 'number', min: 0, step: 'any' });
  const csv = input();
  const ttl = lifetimes([0, 24, 168, 720, 8760]);
  const bar = h('progress', { max: 1, 'aria-label': t('import.progress') });
  const told = h('span.hint');
  const pressed = button(t('import'), { kind: 'primary', scope: list.scope });
  const halt = button(t('import.stop'), { kind: 'small', onclick: () => running.stop() });
  const moving = h('div.buttons', { hidden: true }, bar, told, halt);
  let running;

  /* When all is sent grayd still reads and writes: how long is not known. */
  function progress(sent, size) {
    if (sent < size) {
      bar.value = sent / size;
    } else {
      bar.removeAttribute('value');
    }
    write(told, sent < size ? t('import.sent', { sent: bytes(sent), size: bytes(size) }) : t('import.writing'));
  }

  async function send() {
    const [chosen] = file.files;
    const replacing = replace.box.checked;
    running = upload(`${list.place('import')}${query({ replace: replacing, strict: strict.box.checked, csv: csv.value,
      ttl: Number(ttl.value), max_change: replacing && most.value })}`, chosen, list.scope,
    (sent) => progress(sent, chosen.size));
    moving.hidden = false;
    progress(0, chosen.size);
    tell(result, 'wait', t('import.running'));
    await act(result, () => running.answer, { pressed, done: resultNode, after: list.load });
    moving.hidden = true;
  }

  return panel('import.title', form(send, field('file', file, 'import.hint'), replace.node, strict.node,
    h('div.fields', field('import.change', most, 'import.change.hint'), field('import.csv', csv, 'import.csv.hint'),
      field('expires.in', ttl)), h('div.buttons', pressed)), moving, result);
}
