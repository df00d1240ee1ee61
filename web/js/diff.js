/* What changed between two JSON values, line by line. */

import { h, user, w } from './dom.js';
import { t } from './words.js';

const WIDE = 76;
const MOST = 1000000;

/* JSON as people write it: what fits into a line stands on one. */
export function pretty(value, indent = '') {
  const flat = JSON.stringify(value);
  if (value === null || typeof value !== 'object' || flat.length + indent.length <= WIDE) {
    return flat.replace(/("(?:[^"\\]|\\.)*")|([,:])/g, (all, text, mark) => text ?? `${mark} `);
  }
  const inner = `${indent}  `;
  const [open, shut] = Array.isArray(value) ? '[]' : '{}';
  const parts = Object.entries(value).map(([name, item]) =>
    `${inner}${open === '[' ? '' : `${JSON.stringify(name)}: `}${pretty(item, inner)}`);
  return `${open}\n${parts.join(',\n')}\n${indent}${shut}`;
}

/* common[i][j]: the length of the longest common subsequence of a from i and b
 * from j. */
function commonOf(a, b) {
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1
        : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  return common;
}

/* [element, line]: del, ins, or span for one that stays. */
function diffLines(a, b) {
  const lines = [];
  const common = a.length * b.length > MOST ? null : commonOf(a, b);
  let j = 0;
  a.forEach((line, i) => {
    while (common && j < b.length && line !== b[j] && common[i][j + 1] > common[i + 1][j]) {
      lines.push(['ins', b[j++]]);
    }
    const same = common && line === b[j];
    j += same ? 1 : 0;
    lines.push([same ? 'span' : 'del', line]);
  });
  return [...lines, ...b.slice(j).map((line) => ['ins', line])];
}

const SIGNS = { del: '-', ins: '+', span: ' ' };

export function diffNode(before, after) {
  const [a, b] = [before, after].map((value) => (value ? pretty(value).split('\n') : []));
  const lines = diffLines(a, b);
  return lines.every(([kind]) => kind === 'span') ? w('p.hint', 'diff.none')
    : h('pre.diff', { tabindex: 0, role: 'group', 'aria-label': t('diff.label') },
      lines.map(([kind, line]) => h(kind, `${SIGNS[kind]} `, user(line), '\n')));
}
