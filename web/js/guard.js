/* Buttons that change something: they are off while grayd is away or silent,
 * and when the token is known to lack the scope; they say why. */

import { on } from './bus.js';
import { h, patch } from './dom.js';
import { fresh, live } from './live.js';
import { t } from './words.js';

const lacking = new Set();

function why({ busy, ownReason, dataset: { scope } }) {
  return busy ? t('guard.busy') : !fresh() ? t(live.state === 'stale' ? 'guard.stale' : 'guard.away')
    : lacking.has(scope) ? t('guard.scope', { scope }) : ownReason?.() || '';
}

export function apply(button) {
  const reason = why(button);
  patch(button, { disabled: reason !== '', title: reason || null });
  return button;
}

/* `scope` is what it needs, such as "release:shop"; `off` gives a reason of its
 * own for which it cannot be used, or nothing. */
function guarded(button, scope, off) {
  button.dataset.scope = scope;
  button.ownReason = off;
  return apply(button);
}

/* A button of the text `key`; a class may follow: "remove.danger". */
export function button(text, { scope, off, kind = '', ...attributes }) {
  const made = h(`button.${kind}`, { type: attributes.onclick ? 'button' : 'submit', ...attributes }, text);
  return scope ? guarded(made, scope, off) : made;
}

export const guardAll = () => document.querySelectorAll('[data-scope]').forEach(apply);

on('state', guardAll);
on('scope', (scope) => {
  lacking.add(scope);
  guardAll();
});
/* another token may do more */
on('token', () => lacking.clear());
