import type { PropertyFilterProps } from '@cloudscape-design/components/property-filter';

import type { Schemas } from '../../api/client';
import type { operations } from '../../api/schema';

export type PipelinesQuery = NonNullable<operations['listPipelines']['parameters']['query']>;

/** The filters of `GET /pipelines`, in the order in which the address names them. A tag may be asked for several times. */
const SINGLE = ['team', 'environmentId', 'strategy', 'status', 'q'] as const;
const STRATEGIES: readonly string[] = ['cdk-trunk', 'trunk', 'gitflow'] satisfies Schemas['Strategy'][];
const STATUSES: readonly string[] = ['DEPLOYING', 'DEPLOYED', 'FAILED', 'DELETING'] satisfies Schemas['ListedStatus'][];

/** Reads the filters from the page's address; what the API would refuse is left out. */
export function filtersOf(search: URLSearchParams): PipelinesQuery {
  const query: PipelinesQuery = {};
  const team = search.get('team');
  const environmentId = search.get('environmentId');
  const strategy = search.get('strategy');
  const status = search.get('status');
  const q = search.get('q');
  const tags = search.getAll('tag').filter(isTag);
  if (team) query.team = team;
  if (environmentId) query.environmentId = environmentId;
  if (strategy && STRATEGIES.includes(strategy)) query.strategy = strategy as Schemas['Strategy'];
  if (status && STATUSES.includes(status)) query.status = status as Schemas['ListedStatus'];
  if (tags.length) query.tag = tags;
  if (q) query.q = q;
  return query;
}

export function searchOf(query: PipelinesQuery): URLSearchParams {
  const search = new URLSearchParams();
  for (const name of SINGLE) {
    const value = query[name];
    if (value) search.set(name, value);
  }
  query.tag?.forEach((tag) => search.append('tag', tag));
  return search;
}

function isTag(text: string): boolean {
  return text.indexOf(':') > 0;
}

/** What the filter's input shows. */
export function tokensOf(query: PipelinesQuery): PropertyFilterProps.Token[] {
  const tokens: PropertyFilterProps.Token[] = [];
  for (const name of ['team', 'environmentId', 'strategy', 'status'] as const) {
    const value = query[name];
    if (value) tokens.push({ propertyKey: name, operator: '=', value });
  }
  query.tag?.forEach((tag) => tokens.push({ propertyKey: 'tag', operator: '=', value: tag }));
  if (query.q) tokens.push({ operator: ':', value: query.q });
  return tokens;
}

/** The filters that tokens mean. The API takes one value of each, except of tags: the newest counts. */
export function filtersOfTokens(tokens: readonly PropertyFilterProps.Token[]): PipelinesQuery {
  const search = new URLSearchParams();
  for (const token of tokens) {
    const value = String(token.value).trim();
    if (token.propertyKey === 'tag') {
      if (!search.getAll('tag').includes(value)) search.append('tag', value);
    } else if (value) {
      search.set(token.propertyKey ?? 'q', value);
    }
  }
  return filtersOf(search);
}

export function isFiltered(query: PipelinesQuery): boolean {
  return Object.keys(query).length > 0;
}
