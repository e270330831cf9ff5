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

/** The same of a drawing. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  element.append(...children);
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

/** A table that gets longer on demand: `more` asks for the page after that place. */
export function paged(columns, first, more, className = '') {
  const grid = table(columns, first.items, className);
  let page = first;
  const problem = h('div', { 'aria-live': 'polite' });
  const button = h('button', { type: 'button', 'data-key': 'more', onclick: async () => {
    button.disabled = true;
    problem.replaceChildren();
    try {
      page = await more(page.next);
      grid.querySelector('tbody').append(...page.items.map(row => line(columns, row)));
      place.hidden = page.next === null;
    } catch (failed) {
      problem.replaceChildren(failure(failed));
    }
    button.disabled = false;
  } }, 'Show more');
  const place = h('div', { class: 'more' }, problem, button);
  place.hidden = page.next === null;
  return [grid, place];
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

/** Puts new content in a place only if what it shows has changed, and leaves the keyboard where it was. */
export function keeper(place, render) {
  let shown = null;
  return data => {
    const next = JSON.stringify(data);
    if (next === shown) {
      return;
    }
    shown = next;
    const focused = place.contains(document.activeElement) ? document.activeElement : null;
    const key = focused?.dataset.key ?? focused?.getAttribute('href');
    place.replaceChildren(...[render(data)].flat(Infinity).filter(Boolean));
    if (key) {
      [...place.querySelectorAll('[data-key], [href]')].find(element => (element.dataset.key ?? element.getAttribute('href')) === key)?.focus();
    }
  };
}

/**
 * Asks before something is done, in a dialog of the keyboard's own. `act` does it: what it throws is shown in the dialog,
 * which stays; what it returns is what comes back. Undefined comes back where somebody thought better of it.
 */
export function confirm({ title, text, action, danger = false, content = null, act }) {
  const problem = h('div', { 'aria-live': 'assertive' });
  const go = h('button', { type: 'button', class: danger ? 'danger' : 'primary', 'data-act': 'yes' }, action);
  const no = h('button', { type: 'button', 'data-act': 'no' }, 'Cancel');
  const dialog = h('dialog', { 'aria-labelledby': 'asked', 'aria-describedby': 'askedmore' }, h('h2', { id: 'asked' }, title),
    h('p', { id: 'askedmore' }, text), content, problem, h('div', { class: 'buttons' }, no, go));
  const before = document.activeElement;
  document.body.append(dialog);
  return new Promise(done => {
    let answer;
    dialog.addEventListener('close', () => {
      dialog.remove();
      before?.focus?.();
      done(answer);
    });
    addEventListener('hashchange', () => dialog.close(), { once: true });
    no.addEventListener('click', () => dialog.close());
    go.addEventListener('click', async () => {
      go.disabled = true;
      problem.replaceChildren();
      try {
        answer = await act();
        dialog.close();
      } catch (failed) {
        problem.replaceChildren(failure(failed));
        go.disabled = false;
        go.focus();
      }
    });
    dialog.showModal();
    (danger ? no : go).focus();
  });
}

/** Milliseconds as a person says them: 1:05 h, 4:09 min, 12 s. */
export function span(millis) {
  const seconds = Math.max(0, Math.round(millis / 1000));
  const two = value => String(value).padStart(2, '0');
  if (seconds >= 172800) {
    return `${Math.round(seconds / 86400)} days`;
  }
  if (seconds >= 3600) {
    return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)} h`;
  }
  return seconds >= 60 ? `${Math.floor(seconds / 60)}:${two(seconds % 60)} min` : `${seconds} s`;
}

const units = { ms: 1, s: 1000, m: 60000, h: 3600000, d: 86400000 };

/** What a plan calls a time, as 30m, in milliseconds. */
export function millis(text) {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text ?? '') ?? [null, 0, 's'];
  return amount * units[unit];
}

/** The same as a person reads it. */
export function duration(text) {
  const names = { ms: 'ms', s: 's', m: 'min', h: 'h', d: 'days' };
  return (text ?? '').replace(/^(\d+)(ms|s|m|h|d)$/, (_, amount, unit) => `${amount} ${amount === '1' && unit === 'd' ? 'day' : names[unit]}`);
}
