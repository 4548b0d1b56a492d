import { searchQuestions } from '../../operations/index.ts';
import { MAX_SEARCH, searchPage } from '../../pages/search-page.ts';
import type { App } from '../environment.ts';
import { HttpProblem } from '../http-problem.ts';
import { cursorOf } from '../parameters.ts';
import { showPage } from '../show-page.ts';

export function mountSearch(app: App): void {
  app.get('/search', (c) => {
    const text = (c.req.query('q') ?? '').toWellFormed().trim();
    if (text.length > MAX_SEARCH) throw new HttpProblem('bad_request', { detail: 'Search for fewer words at once.' });
    const { context } = c.var;
    const page = searchQuestions(context, { text, cursor: cursorOf(c) });
    return showPage(c, searchPage({ text, page, now: context.clock() }));
  });
}
