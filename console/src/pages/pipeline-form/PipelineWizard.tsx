import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';

import { allEnvironmentsQuery } from '../../api/environments';
import { ApiProblem } from '../../api/problem';
import { ProblemAlert } from '../../components/ProblemAlert';
import { usePerson } from '../../session/SessionContext';
import { common } from '../../texts/common';
import { form as texts } from '../../texts/pipelineForm';
import { BasicsFields } from './BasicsFields';
import { DeliveryFields } from './DeliveryFields';
import type { Definition, Draft } from './draft';
import {
  check,
  firstStepWithProblem,
  isSound,
  NOTHING_WRONG,
  place,
  type Placed,
  type Step,
  without,
} from './problems';
import { StagesFields } from './StagesFields';
import { possibleTeams } from './usability';

type StepName = Step | 'review';

interface Props {
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** The pipeline as it is, if it is there already. */
  before?: Definition;
  /** What the last step shows. */
  review: (goTo: (step: Step) => void) => ReactNode;
  reviewTitle: string;
  submitText: string;
  submitting: boolean;
  /** Why the last try failed. */
  error: Error | null;
  /** Ends with the API's answer. */
  onSubmit: () => Promise<unknown>;
  onCancel: () => void;
}

/** The form of a pipeline, step by step. What the API finds wrong is shown at its field, at the first step that has some. */
export function PipelineWizard(props: Props) {
  const { draft, before, error, submitting } = props;
  const fixed = before !== undefined;
  const steps: StepName[] = fixed ? ['basics', 'stages', 'review'] : ['basics', 'delivery', 'stages', 'review'];
  const [search, setSearch] = useSearchParams();
  const [placed, setPlaced] = useState<Placed>(NOTHING_WRONG);
  const content = useRef<HTMLDivElement>(null);
  // The second click of a double click comes before the button shows that it works.
  const underWay = useRef(false);
  const named = steps.indexOf((search.get('step') ?? 'basics') as StepName);
  const active = Math.max(named, 0);

  const person = usePerson();
  const environments = useQuery(allEnvironmentsQuery);
  const known = {
    environments: environments.data?.items ?? [],
    loading: environments.isFetching,
    refresh: () => void environments.refetch(),
  };

  const goTo = (step: StepName) => setSearch({ step });
  const show = (found: Placed) => {
    setPlaced(found);
    // After the fields have drawn what is wrong with them.
    setTimeout(() => content.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const change = (patch: Partial<Draft>, ...fields: string[]) => {
    setPlaced((present) => without(present, fields));
    props.onChange({ ...draft, ...patch });
  };

  /** Shows what the API found wrong with the draft at its fields. */
  const refused = (problem: unknown) => {
    if (!(problem instanceof ApiProblem) || problem.errors.length === 0) return;
    const found = place(problem.errors, draft);
    const step = firstStepWithProblem(found);
    show(found);
    if (step) goTo(step);
  };

  /** Goes to a step, unless one before it has something wrong. */
  const navigate = (requested: number) => {
    for (const step of steps.slice(0, requested)) {
      if (step === 'review') continue;
      const found = check(step, draft);
      if (!isSound(found)) {
        show(found);
        goTo(step);
        return;
      }
    }
    goTo(steps[requested] ?? 'basics');
  };
  const submit = () => {
    const wrong = steps.findIndex((step) => step !== 'review' && !isSound(check(step, draft)));
    if (wrong >= 0) {
      navigate(wrong + 1);
    } else if (!submitting && !underWay.current) {
      setPlaced(NOTHING_WRONG);
      underWay.current = true;
      props
        .onSubmit()
        .catch(refused)
        .finally(() => {
          underWay.current = false;
        });
    }
  };

  const fields = { draft, change, problems: placed.fields, fixed };
  const contents: Record<StepName, () => ReactNode> = {
    basics: () => <BasicsFields {...fields} teams={possibleTeams(known.environments, person)} />,
    delivery: () => <DeliveryFields {...fields} {...known} />,
    stages: () => <StagesFields {...fields} {...known} before={before} />,
    review: () => props.review(goTo),
  };
  const count = Object.keys(placed.fields).length;
  const step = steps[active] ?? 'basics';
  return (
    <div ref={content}>
      <Wizard
        steps={steps.map((name) => ({
          title: name === 'review' ? props.reviewTitle : texts.steps[name].title,
          description: texts.steps[name].description,
          content:
            name === step ? (
              <SpaceBetween size="l">
                <ProblemAlert error={error} placed={placed} />
                {!error && count > 0 && name !== 'review' && <Alert type="error">{common.atTheirFields(count)}</Alert>}
                {contents[name]()}
              </SpaceBetween>
            ) : null,
        }))}
        activeStepIndex={active}
        submitButtonText={props.submitText}
        isLoadingNextStep={submitting}
        onNavigate={({ detail }) => {
          if (detail.requestedStepIndex < active) {
            goTo(steps[detail.requestedStepIndex] ?? 'basics');
          } else {
            navigate(detail.requestedStepIndex);
          }
        }}
        onSubmit={submit}
        onCancel={props.onCancel}
      />
    </div>
  );
}
