// Elements, texts and tables. Whatever comes from devices becomes text, never markup.

/** An element: h('p', { class: 'x', onclick: f }, 'text', h('b', {}, 'more')). */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (key.startsWith('on')) {
      element.addEventListener(key.slice(2), value);
    } else {
      element.setAttribute(key, value === true ? '' : value);
    }
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export function pill(text, kind = '', dot = false) {
  return h('span', { class: `pill ${kind}${dot ? ' dot' : ''}` }, text);
}

export function card(title, hint, ...content) {
  return h('section', { class: 'card' },
    h('header', {}, h('h2', {}, title), hint ? (hint instanceof Node ? hint : h('span', { class: 'hint' }, hint)) : null), content);
}

export function empty(title, text) {
  return h('div', { class: 'empty' }, h('b', {}, title), text ?? '');
}

export function loading() {
  return h('div', { class: 'loading', role: 'status', 'aria-label': 'Loading' }, h('i'), h('i'), h('i'));
}

export function failure(problem, again) {
  return h('div', { class: 'note bad', role: 'alert' }, h('b', {}, problem.message), problem.hint ? ` ${problem.hint}` : '', ' ',
    again ? h('button', { type: 'button', onclick: again }, 'Try again') : null);
}

/**
 * A table that becomes cards on a phone. A column: { label, n (number), keep (one line), title, cell: row => node or text }.
 */
export function table(columns, rows, className = '') {
  return h('div', { class: 'scroll' }, h('table', { class: `cards ${className}` },
    h('thead', {}, h('tr', {}, columns.map(column => h('th', { class: column.n ? 'n' : column.keep ? 'keep' : null, scope: 'col' }, column.label)))),
    h('tbody', {}, rows.map(row => line(columns, row)))));
}

export function line(columns, row) {
  return h('tr', {}, columns.map(column => h('td', {
    class: [column.n && 'n', column.keep && 'keep', column.title && 'title', column.mono && 'mono'].filter(Boolean).join(' ') || null,
    'data-label': column.label,
  }, column.cell(row) ?? '')));
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export function number(value) {
  return value === null || value === undefined ? '–' : whole.format(value);
}

export function compact(value) {
  return value >= 100000 ? short.format(value) : whole.format(value);
}

export function rate(value) {
  return value >= 100 ? whole.format(value) : value.toFixed(value >= 10 ? 1 : 2).replace(/\.?0+$/, '') || '0';
}

export function bytes(value) {
  if (value < 1024) {
    return `${value} B`;
  }
  const units = ['KiB', 'MiB', 'GiB'];
  let unit = -1;
  do {
    value /= 1024;
    unit++;
  } while (value >= 1024 && unit < units.length - 1);
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** A time as how long ago; the whole of it shows when pointed at. */
export function ago(iso) {
  if (!iso) {
    return '–';
  }
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  const text = Math.abs(seconds) < 5 ? 'now'
    : Math.abs(seconds) < 90 ? `${Math.round(seconds)} s ago`
    : Math.abs(seconds) < 5400 ? `${Math.round(seconds / 60)} min ago`
    : Math.abs(seconds) < 129600 ? `${Math.round(seconds / 3600)} h ago`
    : `${Math.round(seconds / 86400)} days ago`;
  return h('time', { datetime: iso, title: `${iso.slice(0, 19).replace('T', ' ')} UTC` }, text.replace(/^-(.*) ago$/, 'in $1'));
}

export function clock(iso) {
  return iso ? h('time', { datetime: iso, title: `${iso} (UTC)` }, new Date(iso).toLocaleString('sv-SE').slice(0, 19)) : '–';
}
