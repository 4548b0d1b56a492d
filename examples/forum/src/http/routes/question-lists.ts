import { isTag } from '../../domain/text.ts';
import { countQuestions, listQuestions, listTags } from '../../operations/index.ts';
import { questionListPage } from '../../pages/question-list.ts';
import type { App, AppContext } from '../environment.ts';
import { HttpProblem } from '../http-problem.ts';
import { choiceOf, cursorOf } from '../parameters.ts';
import { showPage } from '../show-page.ts';

const POPULAR_TAGS = 20;

/** `/` and `/tags/:tag`. */
export function mountQuestionLists(app: App): void {
  app.get('/', (c) => showList(c, undefined));
  app.get('/tags/:tag', (c) => showList(c, c.req.param('tag')));
}

function showList(c: AppContext, tag: string | undefined): Promise<Response> {
  if (tag !== undefined && !isTag(tag)) throw new HttpProblem('not_found');
  const { context, viewer } = c.var;
  const sort = choiceOf(c, 'sort', ['active', 'newest', 'votes', 'unanswered']);
  const cursor = cursorOf(c);
  const model = {
    page: listQuestions(context, { sort, tag, cursor }),
    sort,
    cursor,
    tag,
    total: countQuestions(context, { tag }),
    popularTags: listTags(context, { limit: POPULAR_TAGS }),
    isSignedIn: viewer !== undefined,
    now: context.clock(),
  };
  return showPage(c, questionListPage(model));
}
