/* The page's texts, and numbers and times, in the reader's language. What is
 * not known is "—", never 0. */

import texts from '../words/texts.js';

export const words = new Map(texts.trim().split('\n').map((line) => {
  const [key, en, zh] = line.split('|');
  return [key, { en, zh }];
}));

/* What this browser keeps: for good, or while the tab is open. It may refuse to
 * keep anything. */
const place = (session) => (session ? sessionStorage : localStorage);

export function kept(name, session) {
  try {
    return place(session).getItem(`gray.${name}`);
  } catch {
    return null;
  }
}

export function keep(name, value, session) {
  try {
    place(session).setItem(`gray.${name}`, value);
  } catch {
    /* it holds until the page is closed */
  }
}

export let lang;

export function setLanguage(name) {
  lang = name === 'zh' ? 'zh' : 'en';
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
}

setLanguage(kept('lang') ?? navigator.languages.map((name) => name.slice(0, 2))
  .find((name) => name === 'zh' || name === 'en'));

export function number(value, digits = 0) {
  return Number.isFinite(value)
    ? new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(value) : '—';
}

/* The parts of a text: {name} is replaced by a value, which may be a node. */
export function tx(key, values = {}) {
  const all = (words.get(key)?.[lang] ?? key).split('~');
  const text = new Intl.PluralRules(lang).select(values.n ?? 2) === 'one' ? all[0] : all.at(-1);
  return text.split(/\{(\w+)\}/).map((part, i) => {
    const value = i % 2 ? values[part] : part;
    return typeof value === 'number' ? number(value, 3) : value;
  });
}

export const t = (key, values) => tx(key, values).join('');

/* Per second: small ones with a decimal. */
export const rate = (value) => number(value, value < 100 ? 1 : 0);

export const percent = (value, digits = value >= 10 ? 1 : 2) =>
  (Number.isFinite(value) ? `${number(value, digits)} %` : '—');

export const share = (value) => percent(value === null ? null : value * 100);

export function duration(us) {
  return !Number.isFinite(us) ? '—' : us < 999500
    ? `${number(us / 1000, us < 1000 ? 2 : us < 10000 ? 1 : 0)} ms` : `${number(us / 1e6, 2)} s`;
}

export function bytes(value) {
  let unit = 0;
  for (; value >= 1024 && unit < 4; unit++) {
    value /= 1024;
  }
  return `${number(value, unit && value < 100 ? 1 : 0)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][unit]}`;
}

const HM = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const HMS = { ...HM, second: '2-digit' };

function time(options) {
  return (value) => {
    const date = new Date(value ?? NaN);
    return Number.isNaN(+date) ? '—' : new Intl.DateTimeFormat(lang, options).format(date);
  };
}

export const minute = time(HM);
export const clock = time(HMS);
export const when = time({ year: 'numeric', month: '2-digit', day: '2-digit', ...HMS });
