// Comforts only: every page works without this script.

/** The reader's own form of the page's language. Some browsers name a language that `Intl` refuses. */
function pageLanguage() {
  const own = navigator.languages.filter((tag) => tag.startsWith(document.documentElement.lang));
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(own)[0] ?? 'en-GB';
  } catch {
    return 'en-GB';
  }
}

/** Shows instants in the reader's own time zone; the exact UTC text stays as the tooltip. */
function localTimes() {
  const language = pageLanguage();
  const formats = {
    time: new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }),
    day: new Intl.DateTimeFormat(language, { dateStyle: 'long' }),
  };
  for (const element of document.querySelectorAll('time[data-local]')) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    element.title = element.textContent;
    element.textContent = formats[element.dataset.local].format(date);
  }
}

/** A button in each password field that shows what was typed. */
function passwordToggles() {
  for (const box of document.querySelectorAll('[data-password]')) {
    const input = box.querySelector('input');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'password-toggle';
    const show = (visible) => {
      input.type = visible ? 'text' : 'password';
      button.textContent = visible ? 'Hide' : 'Show';
      button.setAttribute('aria-label', visible ? 'Hide password' : 'Show password');
    };
    button.setAttribute('aria-controls', input.id);
    button.addEventListener('click', () => show(input.type === 'password'));
    // A visible password would be kept by the browser's form history.
    input.form?.addEventListener('submit', () => show(false));
    show(false);
    box.classList.add('has-toggle');
    box.append(button);
  }
}

/** A second press while the first is under way sends nothing. */
function singleSubmissions() {
  const submitted = new Set();
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (submitted.has(form)) {
      event.preventDefault();
      return;
    }
    submitted.add(form);
    // Not `disabled`: that would take the focus away.
    for (const button of form.querySelectorAll('button[type=submit]')) button.setAttribute('aria-disabled', 'true');
  });
  // The page may come back from the browser's cache, with the form still in it.
  addEventListener('pageshow', () => {
    submitted.clear();
    for (const button of document.querySelectorAll('button[aria-disabled]')) button.removeAttribute('aria-disabled');
  });
}

/** A button after each element marked for copying. */
function copyButtons() {
  if (navigator.clipboard === undefined) return;
  for (const element of document.querySelectorAll('[data-copy]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    const label = element.dataset.copyLabel ?? 'Copy';
    button.textContent = label;
    button.setAttribute('aria-live', 'polite');
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(element.dataset.copy || element.textContent);
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'Not copied';
      }
      setTimeout(() => (button.textContent = label), 2000);
    });
    element.after(' ', button);
  }
}

/** Where a new password is chosen: how hard it is to guess. */
function passwordStrength() {
  const box = document.querySelector('[data-strength]');
  if (box === null) return;
  const script = document.createElement('script');
  script.src = box.dataset.strength;
  document.head.append(script);
}

localTimes();
passwordToggles();
passwordStrength();
singleSubmissions();
copyButtons();
