import { createContext, useContext } from 'react';

import type { Person } from './session';

export const SessionContext = createContext<Person | null>(null);

/** The person who is signed in. */
export function usePerson(): Person {
  const person = useContext(SessionContext);
  if (!person) {
    throw new Error('nobody is signed in');
  }
  return person;
}

/** Whether the person acts for a team: a member, or an administrator. */
export function actsFor(person: Person, team: string): boolean {
  return person.administrator || person.teams.includes(team);
}
