// What happens in the fleet while somebody looks.

/** Listens to the events of one device, or of all; returns what ends it. */
export function listen(device, handlers) {
  const state = document.getElementById('live');
  const source = new EventSource(`/api/v1/events${device ? `?device=${encodeURIComponent(device)}` : ''}`);
  const say = (kind, text) => {
    state.className = `live ${kind}`;
    state.textContent = text;
  };
  say('', 'connecting');
  source.onopen = () => say('on', 'live');
  source.onerror = () => say('off', 'interrupted');
  for (const [name, handler] of Object.entries(handlers)) {
    source.addEventListener(name, event => handler(JSON.parse(event.data)));
  }
  return () => {
    source.close();
    say('', '');
    state.className = '';
  };
}
