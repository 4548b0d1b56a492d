// Comforts only: every page works without this script.

/** Moments in the reader's own time zone, where the page has them in UTC. */
function localTimes() {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  for (const element of document.querySelectorAll('time[title]')) {
    const date = new Date(element.dateTime);
    if (!Number.isNaN(date.getTime())) element.title = format.format(date);
  }
}

function openMenus() {
  return document.querySelectorAll('details[data-menu][open]');
}

/** Escape and a press elsewhere close what is open. */
function menus() {
  document.addEventListener('click', (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of openMenus()) {
      const hadFocus = menu.contains(document.activeElement);
      menu.open = false;
      if (hadFocus) menu.querySelector('summary').focus();
    }
  });
}

/** A second press while the first is under way sends nothing. */
function singleSubmissions() {
  const submitted = new Set();
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== 'post') return;
    if (submitted.has(form)) {
      event.preventDefault();
      return;
    }
    submitted.add(form);
    // Not `disabled`: that would take the focus away, and the button's value with it.
    for (const button of form.querySelectorAll('button[type=submit]')) button.setAttribute('aria-disabled', 'true');
  });
  // The page may come back from the browser's memory, with the form still in it.
  addEventListener('pageshow', () => {
    submitted.clear();
    for (const button of document.querySelectorAll('button[aria-disabled]')) button.removeAttribute('aria-disabled');
  });
}

/** Posts as a form does, and asks for data. Undefined where it did not work: the form itself can say why. */
async function post(address, fields) {
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams(fields),
      redirect: 'error',
    });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/** Votes without loading the page again. */
function votes() {
  for (const form of document.querySelectorAll('form[data-vote]')) {
    let isBusy = false;
    let isPlain = false;
    form.addEventListener('submit', async (event) => {
      if (isPlain) return;
      event.preventDefault();
      const button = event.submitter;
      if (isBusy || button === null) return;
      isBusy = true;
      const result = await post(form.action, [[button.name, button.value]]);
      isBusy = false;
      if (result === undefined) {
        isPlain = true;
        form.requestSubmit(button);
        return;
      }
      form.querySelector('[data-score]').firstChild.data = String(result.score);
      for (const other of form.querySelectorAll('button[data-value]')) {
        const isPressed = Number(other.dataset.value) === result.viewerVote;
        other.setAttribute('aria-pressed', String(isPressed));
        other.value = isPressed ? '0' : other.dataset.value;
      }
    });
  }
}

/** What a text will look like, below it. The server renders it, as it will when it is posted. */
function previews() {
  for (const button of document.querySelectorAll('button[data-preview]')) {
    const box = document.getElementById(`${button.dataset.previewOf}-preview`);
    button.addEventListener('click', async (event) => {
      if (button.dataset.plain !== undefined) return;
      event.preventDefault();
      const text = document.getElementById(button.dataset.previewOf).value;
      const result = await post(button.dataset.preview, [['body', text]]);
      if (result === undefined) {
        button.dataset.plain = '';
        button.click();
        return;
      }
      box.innerHTML = `<p class="preview-title">Preview</p><div class="prose">${result.html}</div>`;
      if (result.html === '') box.lastElementChild.textContent = 'Nothing has been written yet.';
      box.hidden = false;
    });
  }
}

/** A button that copies the address of an answer, without the account of this tab. */
function copyLinks() {
  if (navigator.clipboard === undefined) return;
  for (const link of document.querySelectorAll('a[data-copy-link]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'quiet-button';
    const label = 'Copy link';
    button.textContent = label;
    button.setAttribute('aria-live', 'polite');
    button.addEventListener('click', async () => {
      const address = new URL(link.href);
      address.searchParams.delete('slot');
      try {
        await navigator.clipboard.writeText(address.href);
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'Not copied';
      }
      setTimeout(() => (button.textContent = label), 2000);
    });
    link.parentElement.after(button);
  }
}

/** Whoever goes where a notification leads has read it. */
function readNotifications() {
  for (const link of document.querySelectorAll('a[data-read]')) {
    link.addEventListener('click', () => {
      const { action } = link.closest('.notification').querySelector('form');
      const body = new URLSearchParams({ id: link.dataset.read });
      void fetch(action, { method: 'POST', headers: { Accept: 'application/json' }, body, keepalive: true }).catch(
        () => {},
      );
    });
  }
}

const HIDDEN_FOR_MS = 60_000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/** Shows the number beside the bell, in the title of the tab, and says it to screen readers when it has grown. */
function unreadDisplay(bell) {
  const badge = bell.querySelector('[data-unread]');
  const title = document.title;
  const said = document.createElement('p');
  said.className = 'visually-hidden';
  said.setAttribute('role', 'status');
  document.body.append(said);
  let last;
  return (unread) => {
    const shown = unread > 99 ? '99+' : String(unread);
    badge.firstChild.data = shown;
    badge.hidden = unread === 0;
    document.title = unread === 0 ? title : `(${shown}) ${title}`;
    if (last !== undefined && unread > last) said.textContent = `${shown} unread notifications`;
    last = unread;
  };
}

/** Reads an event stream until it ends. Returns when to come again, in milliseconds at least; undefined for never. */
async function listen(address, signal, show) {
  const response = await fetch(address, { headers: { Accept: 'text/event-stream' }, signal });
  // Signed out, or told that there is nothing more to come.
  if (response.status === 401 || response.status === 204) return undefined;
  if (!response.ok) return Number(response.headers.get('Retry-After') ?? 0) * 1000;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return 0;
    const messages = (text + value).split('\n\n');
    text = messages.pop();
    for (const message of messages) {
      const unread = /^event: unread\ndata: (\d+)$/.exec(message)?.[1];
      if (unread !== undefined) show(Number(unread));
    }
  }
}

/** The number as it changes. One connection a page; none while nobody looks at the page for long. */
function liveBadge() {
  const bell = document.querySelector('a[data-live]');
  if (bell === null) return;
  const display = unreadDisplay(bell);
  let connection;
  let timer;
  let waitMs = FIRST_WAIT_MS;
  let isOver = false;
  const show = (unread) => {
    waitMs = FIRST_WAIT_MS;
    display(unread);
  };

  async function connect() {
    if (connection !== undefined || document.hidden || isOver) return;
    const own = new AbortController();
    connection = own;
    // Also where the server or the network is away.
    const leastMs = await listen(bell.dataset.live, own.signal, show).catch(() => 0);
    if (connection !== own) return;
    connection = undefined;
    if (leastMs === undefined) isOver = true;
    if (isOver) return;
    // Not all pages at once, after the server was away.
    timer = setTimeout(() => void connect(), Math.max(leastMs, waitMs) * (1 + Math.random() / 2));
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }

  function disconnect() {
    clearTimeout(timer);
    connection?.abort();
    connection = undefined;
  }

  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(disconnect, HIDDEN_FOR_MS);
    else void connect();
  });
  addEventListener('pagehide', disconnect);
  addEventListener('pageshow', (event) => {
    if (event.persisted) void connect();
  });
  void connect();
}

localTimes();
menus();
votes();
previews();
singleSubmissions();
copyLinks();
readNotifications();
liveBadge();
