import type { Draft } from './draft';

export interface FieldsProps {
  draft: Draft;
  /** Changes the draft, and forgets what was wrong with these fields. */
  change: (patch: Partial<Draft>, ...fields: string[]) => void;
  /** What is wrong, by field. */
  problems: Readonly<Record<string, string>>;
  /** Whether the pipeline is there already: its name, team, strategy and CICD environment stay. */
  fixed: boolean;
}
