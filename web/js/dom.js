/* Building and patching the document. Whatever comes from outside goes in as
 * text nodes: nothing here, or elsewhere, sets innerHTML. */

import { t, tx } from './words.js';

/* What an attribute would only set at first. */
const PROPERTIES = ['value', 'checked', 'disabled', 'hidden'];

/* Control characters, and those that reorder or hide text: a name must not
 * look like another one. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

/* Sets attributes, and leaves alone what is so already. */
export function patch(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) {
      node.addEventListener(name.slice(2), value);
    } else if (name === 'style') {
      /* through the object model: a style attribute is against the CSP */
      Object.entries(value).forEach(([key, one]) => node.style.setProperty(key, one));
    } else if (PROPERTIES.includes(name) && node.localName !== 'option') {
      if (node[name] !== value) {
        node[name] = value;
      }
    } else if (value === null || value === undefined || value === false) {
      node.removeAttribute(name);
    } else if (node.getAttribute(name) !== String(value)) {
      node.setAttribute(name, value === true ? '' : value);
    }
  }
  return node;
}

export function fill(node, ...children) {
  node.replaceChildren(...children.flat(9).filter((one) => one !== null && one !== undefined && one !== ''));
  return node;
}

function make(node, [, ...classes], rest) {
  const plain = rest[0]?.constructor === Object ? rest.shift() : {};
  fill(node, rest);
  return patch(node, { class: classes.join(' ') || null, ...plain });
}

/* An element: h('p.hint', { id }, 'text', node, [nodes]); the attributes may
 * be left out. */
export function h(what, ...rest) {
  const names = what.split('.');
  return make(document.createElement(names[0]), names, rest);
}

export function svg(what, ...rest) {
  const names = what.split('.');
  return make(document.createElementNS('http://www.w3.org/2000/svg', names[0]), names, rest);
}

/* An element with a text of the page. */
export const w = (what, key, values) => h(what, tx(key, values));

/* A text that stays keeps its selection. */
export function write(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
  return node;
}

const escaped = (one) => `\\u{${one.codePointAt(0).toString(16).padStart(4, '0')}}`;

/* A text of others, for attributes and options: nothing unseen is in it. */
export const visible = (text) => String(text).replace(UNSEEN, escaped);

/* The same as an element, isolated from the direction of what is around. */
export function user(text) {
  const all = String(text ?? '');
  const marks = [...all.matchAll(UNSEEN)].map(([one]) => h('span.unseen', escaped(one)));
  return h('bdi', all.split(UNSEEN).map((part, i) => [part, marks[i]]));
}

/* In the server's words, which are English. */
export const said = (text, what = 'span') => h(what, { lang: 'en' }, user(text));

/* Keeps one child of `node` for each item: made once, then updated, moved and
 * removed; those that stay are not touched otherwise. */
export function each(node, items, key, create, update) {
  const had = new Map([...node.children].map((child) => [child.itemKey, child]));
  items.forEach((item, i) => {
    const name = String(key(item));
    const child = had.get(name) ?? create(item, i);
    had.delete(name);
    child.itemKey = name;
    if (node.children[i] !== child) {
      node.insertBefore(child, node.children[i] ?? null);
    }
    update?.(child, item, i);
  });
  had.forEach((child) => child.remove());
}

let ids = 0;
export const newId = () => `i${++ids}`;

/* --- controls --------------------------------------------------------------- */

export const input = (attributes) => h('input', { autocomplete: 'off', spellcheck: 'false', ...attributes });

/* A label, its control, and perhaps a hint. `label` and `hint` are keys. */
export function field(label, control, hint, values) {
  const id = newId();
  patch(control, { id, 'aria-describedby': hint ? `${id}h` : null });
  return h('div.field', h('label', { for: id }, t(label, values)), control,
    hint ? h('span.hint', { id: `${id}h` }, t(hint)) : '');
}

export function check(key) {
  const box = h('input', { type: 'checkbox' });
  return { box, node: h('label.check', box, t(key)) };
}

/* Offers [value, text] pairs, and keeps what is chosen as long as it is there. */
export function offer(select, options) {
  const text = JSON.stringify(options);
  if (select.offered !== text) {
    const { value } = select;
    select.offered = text;
    fill(select, options.map(([one, shown]) => h('option', { value: one }, shown)));
    select.value = options.some(([one]) => one === value) ? value : options[0]?.[0] ?? '';
  }
  return select;
}

export const choice = (options, attributes = {}) => offer(h('select', attributes), options);

export const form = (submit, ...children) => h('form', { onsubmit: (event) => {
  event.preventDefault();
  submit();
} }, children);

/* --- pieces ----------------------------------------------------------------- */

export const panel = (key, ...children) =>
  h('section.panel', { 'aria-label': t(key) }, w('h2', key), children);

/* Where something is told; it is there from the start, so that it is read aloud
 * when it fills. */
export const region = () => h('div.result', { role: 'status' });

/* What is too wide scrolls by itself, also by the keyboard. */
export const scroll = (label, ...children) =>
  h('div.scroll', { tabindex: 0, role: 'group', 'aria-label': label }, children);

export const heads = (columns) => columns.map((one) => {
  const [key, ...classes] = one.split(':');
  return h(`th.${classes}`, { scope: 'col' }, t(key));
});

/* A table whose columns are keys, "members:n" with a class. */
export const table = (label, columns, body) => scroll(label, h('table', h('caption.unheard', label),
  h('thead', h('tr', heads(columns))), body));

/* Cells of a row; the first is its heading unless it is null. */
export const row = (head, ...cells) => h('tr', head === null ? '' : h('th', { scope: 'row' }, head),
  cells.map((cell) => (cell?.localName === 'td' ? cell : h('td', cell))));

/* To a release or a list; what uses a list is "release/rule". */
export const link = (kind, name) => h('a', { href: `#/${kind}/${encodeURIComponent(name.split('/')[0])}` }, user(name));

/* Links to releases or lists, or a word for none. */
export const links = (kind, names, none) => (names.length === 0 ? t(none)
  : names.map((name, i) => [i ? ', ' : '', link(kind, name)]));
